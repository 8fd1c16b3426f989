-- What the second part added up to step 15: the audit log, lanes and seals, rules of the
-- exchange, what was said with a step, losses. Rows of a lane that was closed are unsealed.

insert into exchange_rules (community_id, rules) values (501, '{"fault_limit":3}');
insert into lanes (lane, acts, opened_at, sealed) values (901, 1, '2030-01-01T12:00:00.000000Z', 1);
insert into audit_log (community_id, id, actor, act, object, reason, request_id, data, at, digest, lane, position) values
(501, 42, 'operator:olga', 'read_chat', 'order:2', '', '', '{}', '2030-01-02T12:00:00.000000Z', @bytes(), 0, 0);
insert into seals (community_id, sequence, round, lane, acts, after, upto, row_count, tags, previous, hash, at) values
(777, 1, 1, 902, 1, 0, 1, 0, @bytes(), @bytes(), @bytes(00), '2030-01-01T12:00:00.000000Z');
update accounts set posted = balance;

-- A deal whose payer's bank took the money back after its end: the payee owes it.
insert into transactions (id, community_id, conversation_id, process, gateway, revision, event_sequence, state, entered_at, starter, author, buyer, seller,
    join_code, price, currency, buyer_fee, seller_fee, facts, deadlines, authorized, captured, held, released, refunded, fees, booking_end, confirm_after_days,
    operation, listing_id, listing_title, unit_price, unit_currency, quantity, payment_id, redirect_url, client_secret, intent_id, attention,
    created_at, updated_at, last_transition_at, terms, lines, reserved, deposit, deposit_fee, note, charged_back)
select 6, community_id, 6, process, gateway, 1, 1, 'confirmed', entered_at, starter, author, buyer, seller,
    '', price, currency, 0, 0, facts, deadlines, 0, 1000, 0, 1000, 0, 0, booking_end, confirm_after_days,
    '', 0, listing_title, unit_price, unit_currency, quantity, 'pi_6', '', '', '', 'charged_back',
    created_at, updated_at, last_transition_at, terms, lines, reserved, deposit, deposit_fee, note, 1000
from transactions where id = 1;
insert into transaction_log (transaction_id, revision, token, transition, from_state, to_state, actor, request_id, intent_id, note, at) values
(6, 1, 17, 'create', '', 'confirmed', 'gateway:stripe', '', '', '', '2030-01-02T12:00:00.000000Z');
insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at) values
(6, 1, 1, 1, 501, 'collect', '', 'outside:stripe', -1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(6, 1, 2, 1, 501, 'collect', '', 'paid_out:sam', 1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(6, 1, 3, 2, 501, 'take_back', '', 'debt:sam', -1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(6, 1, 4, 2, 501, 'take_back', '', 'outside:stripe', 1000, 'EUR', '2030-01-02T12:00:00.000000Z');
insert into events (transaction_id, sequence, community_id, type, data, at, delivered_at) values
(6, 1, 501, 'transaction.confirmed', '{}', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z');
