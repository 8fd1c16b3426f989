-- Rows as they stood at the end of the first part, when 7 was the newest step: secrets in
-- the clear, inputs and answers too, and nothing sealed.

insert into communities (id, name, seller_basis_points, seller_minimum, buyer_basis_points, buyer_minimum) values (501, 'Sample', 250, 10, 0, 0);
insert into settings (name, value) values ('note', 'kept');

insert into transactions (id, community_id, conversation_id, process, gateway, revision, event_sequence, state, entered_at, starter, author, buyer, seller,
    join_code, price, currency, buyer_fee, seller_fee, facts, deadlines, authorized, captured, held, released, refunded, fees, booking_end, confirm_after_days,
    operation, listing_id, listing_title, unit_price, unit_currency, quantity, payment_id, redirect_url, client_secret, intent_id, attention,
    created_at, updated_at, last_transition_at, terms, lines, reserved, deposit, deposit_fee, note) values
(1, 501, 1, 'preauthorize@1', 'stripe', 1, 1, 'initiated', '2030-01-02T12:00:00.000000Z', 'bea', 'sam', 'bea', 'sam',
    'join-me', 1000, 'EUR', 20, 0, '{"priced":"2030-01-02T11:00:00.000000Z"}', '{}', 0, 0, 0, 0, 0, 0, '2030-02-03T23:00:00.000000Z', 14,
    'request_payment', 7, 'Bicycle', 1000, 'EUR', 1, 'pi_1', 'https://example.com/pay', 'pi_secret', 'int-1', '',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '{"seller_basis_points":250,"seller_minimum":10,"attributes":{"colour":"blue"}}', '[]', '[]', 0, 0, ''),
(2, 501, 2, 'p2p_order@1', 'balance', 1, 1, 'pending', '2030-01-02T12:00:00.000000Z', 'bea', 'sam', 'bea', 'sam',
    '', 1000, 'EUR', 0, 0, '{}', '{}', 0, 1000, 1000, 0, 0, 0, null, 0,
    '', 15, 'Ad', 1000, 'EUR', 1, '', '', '', '', '',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '{"seller_pays":true}', '[]', '[]', 0, 0, ''),
(3, 501, 3, 'p2p_order@1', 'balance', 1, 1, 'completed', '2030-01-02T12:00:00.000000Z', 'cat', 'dan', 'cat', 'dan',
    '', 1000, 'EUR', 0, 0, '{}', '{}', 0, 1000, 0, 1000, 0, 0, null, 0,
    '', 15, 'Ad', 1000, 'EUR', 1, '', '', '', '', '',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '{"seller_pays":true}', '[]', '[]', 0, 0, ''),
(4, 501, 4, 'p2p_order@1', 'balance', 2, 2, 'cancelled', '2030-01-02T12:00:00.000000Z', 'bea', 'sam', 'bea', 'sam',
    '', 1000, 'EUR', 0, 0, '{}', '{}', 0, 0, 0, 0, 0, 0, null, 0,
    '', 15, 'Ad', 1000, 'EUR', 1, '', '', '', '', '',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '{"seller_pays":true}', '[]', '[]', 0, 0, ''),
(5, 501, 5, 'deposit@1', 'balance', 1, 1, 'booked', '2030-01-02T12:00:00.000000Z', 'bea', 'bea', 'bea', 'bea',
    '', 1000, 'EUR', 0, 0, '{}', '{}', 0, 0, 0, 0, 0, 0, null, 0,
    '', 0, '', 1000, 'EUR', 1, '', '', '', '', '',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '{}', '[]', '[]', 0, 0, '');

insert into transaction_log (transaction_id, revision, token, transition, from_state, to_state, actor, request_id, intent_id, note, at) values
(1, 1, 11, 'create', '', 'initiated', 'user:bea', 'req-1', '', 'why "so"', '2030-01-02T12:00:00.000000Z'),
(2, 1, 12, 'create', '', 'pending', 'user:bea', '', '', '', '2030-01-02T12:00:00.000000Z'),
(3, 1, 13, 'create', '', 'completed', 'user:cat', '', '', '', '2030-01-02T12:00:00.000000Z'),
(4, 1, 14, 'create', '', 'pending', 'user:bea', '', '', '', '2030-01-02T12:00:00.000000Z'),
(4, 2, 15, 'cancel', 'pending', 'cancelled', 'user:bea', '', '', '', '2030-01-02T12:00:00.000000Z'),
(5, 1, 16, 'book', '', 'booked', 'operator:olga', '', '', '', '2030-01-02T12:00:00.000000Z');

insert into events (transaction_id, sequence, community_id, type, data, at, delivered_at) values
(1, 1, 501, 'transaction.initiated', '{"from":"a"}', '2030-01-02T12:00:00.000000Z', null),
(2, 1, 501, 'transaction.pending', '{}', '2030-01-02T12:00:00.000000Z', null),
(3, 1, 501, 'transaction.completed', '{}', '2030-01-02T12:00:00.000000Z', null),
(4, 1, 501, 'transaction.pending', '{}', '2030-01-02T12:00:00.000000Z', null),
(4, 2, 501, 'transaction.cancelled', '{}', '2030-01-02T12:00:00.000000Z', null),
(5, 1, 501, 'transaction.booked', '{}', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z');

insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at) values
(2, 1, 1, 1, 501, 'freeze', '', 'available:sam', -1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(2, 1, 2, 1, 501, 'freeze', '', 'frozen:sam', 1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(5, 1, 1, 1, 501, 'deposit', '', 'outside:bank', -1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(5, 1, 2, 1, 501, 'deposit', '', 'available:bea', 1000, 'EUR', '2030-01-02T12:00:00.000000Z'),
(5, 1, 3, 2, 501, 'deposit', '', 'outside:bank', -1500, 'EUR', '2030-01-02T12:00:00.000000Z'),
(5, 1, 4, 2, 501, 'deposit', '', 'available:sam', 1500, 'EUR', '2030-01-02T12:00:00.000000Z');
insert into accounts (community_id, account, currency, balance) values
(501, 'available:bea', 'EUR', 1000), (501, 'available:sam', 'EUR', 500), (501, 'frozen:sam', 'EUR', 1000);

insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values
(1, 'payment_window', 501, 'initiated', '2030-01-02T13:00:00.000000Z', 1, '2030-01-02T13:05:00.000000Z');
insert into intents (id, community_id, transaction_id, gateway, transition, from_state, verb, actor_kind, actor_id, input, request_id, status, code, attempt,
    due, created_at, updated_at) values
('int-1', 501, 1, 'stripe', 'request_payment', 'initiated', 'authorize', 'user', 'bea', '{"token":"tok_1"}', 'req-1', 'open', '', 1,
    '2030-01-02T12:05:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z');
insert into replies (scope, key, hash, community_id, transaction_id, intent_id, status, body, at) values
('key:1 POST /v1/x', 'open', 'h', 501, 1, 'int-1', 0, @bytes(), '2030-01-02T12:00:00.000000Z'),
('key:1 POST /v1/x', 'done', 'h', 501, 2, '', 201, @bytes(7b7d), '2030-01-02T12:00:00.000000Z');
insert into messages (transaction_id, id, community_id, sender, kind, content, at, delivered_at) values
(1, 21, 501, 'bea', 'text', 'Hello?', '2030-01-02T12:00:00.000000Z', null);
insert into resources (community_id, name, free) values
(501, 'stock:7', 4), (501, 'date:7:2030-01-05', 0), (501, 'ad:15', 100000);

insert into gateway_accounts (community_id, user_id, gateway, account_id) values (501, 'sam', 'stripe', '1');
insert into profiles (community_id, user_id, email, first_name, last_name, country_code, terms_accepted_at, terms_ip) values
(501, 'sam', 'sam@example.com', '1', 'Seller', 'ie', '2030-01-02T12:00:00.000000Z', '192.0.2.1');
insert into inbox (id, gateway, dedupe_key, payment_id, code, body, received_at, attempts, claimable_at, done, note) values
(31, 'stripe', 'evt_1', 'pi_1', 'payment_intent.succeeded', @bytes(7b7d), '2030-01-02T12:00:00.000000Z', 0, '2030-01-02T12:00:00.000000Z', 0, ''),
(32, 'stripe', 'evt_2', 'pi_1', 'x', @bytes(7b7d), '2030-01-02T12:00:00.000000Z', 9, '2030-01-02T12:00:00.000000Z', 1, 'given up: x');
insert into api_keys (id, community_id, name, mode, hash, scopes, created_at, expires_at, revoked_at) values
('0123456789abcdef', 501, 'backend', 'test', 'h', 'read,operate', '2030-01-02T12:00:00.000000Z', null, null);

insert into listings (id, community_id, revision, author, kind, model, title, description, currency, price, deposit, skip_remainder, unit, zone, remote_id,
    created_at, updated_at, disabled_at, deleted_at, mirror_due) values
(7, 501, 1, 'sam', 'multi_use', 'online', 'Bicycle', 'Blue', 'EUR', 1000, 100, 1, '', 'UTC', 'remote-7',
    '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', null, null, '2030-01-02T12:00:00.000000Z');
insert into blocked_days (community_id, listing_id, day) values (501, 7, '2030-01-05');
insert into ads (id, community_id, version, owner, type, asset, fiat, rate, min_amount, max_amount, total_amount, payment_methods, method_keys,
    sealed_details, instructions, pay_minutes, single_offer, ends_at, status, created_at, updated_at) values
(15, 501, 1, 'maker1', 'buy', 'EUR', 'RUB', 100, 100, 500, 100000, 'card,sbp', ',card,sbp,fps,',
    @bytes(), 'Name the order', 30, 0, null, 'active', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z');

insert into reads (transaction_id, user_id, message_id, read_at, changed) values (1, 'bea', 21, '2030-01-02T12:00:00.000000Z', 1);
insert into reviews (transaction_id, reviewer, subject, community_id, rating, content, at) values (3, 'cat', 'sam', 501, 5, 'Good', '2030-01-02T12:00:00.000000Z');
insert into ratings (community_id, user_id, positive, negative, votes, stars, completed) values (501, 'sam', 1, 0, 1, 5, 1);
insert into completions (transaction_id, community_id) values (3, 501);
insert into review_reminders (transaction_id, user_id, round, community_id, due, attempts, claimable_at, done) values
(3, 'dan', 1, 501, '2030-01-02T12:00:00.000000Z', 0, '2030-01-02T12:00:00.000000Z', 0);
insert into evidence (transaction_id, slot, id, community_id, uploader, name, type, size, sha256, at, content) values
(2, 1, 'file-1', 501, 'bea', 'receipt.txt', 'text/plain', 2, 'ab', '2030-01-02T12:00:00.000000Z', @bytes(6869));
insert into feeds (community_id, user_id, last) values (501, 'sam', 1);
insert into feed_entries (community_id, user_id, sequence, id, type, newer, data, at) values
(501, 'sam', 1, 'entry-1', 'told', 1, '{"a":1}', '2030-01-02T12:00:00.000000Z');
insert into mails (id, community_id, user_id, kind, data, at, attempts, claimable_at, ended_at, note) values
('mail-1', 501, 'sam', 'told', '{"a":1}', '2030-01-02T12:00:00.000000Z', 0, '2030-01-02T12:00:00.000000Z', null, '');
insert into traders (community_id, user_id, name, since, banned_at) values (501, 'sam', '1', '2030-01-02T12:00:00.000000Z', null);
insert into blocks (community_id, user_id, blocked, at) values (501, 'bea', 'eve', '2030-01-02T12:00:00.000000Z');
insert into assignments (transaction_id, community_id, operator, at) values (2, 501, 'olga', '2030-01-02T12:00:00.000000Z');
insert into audit (id, community_id, actor, action, subject, detail, at) values (41, 501, 'olga', 'read_chat', 'order:2', '', '2030-01-02T12:00:00.000000Z');
insert into tickets (hash, holder, expires_at) values ('h', @bytes(7b7d), '2030-01-02T13:00:00.000000Z');
