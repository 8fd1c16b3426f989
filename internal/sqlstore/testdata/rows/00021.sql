-- What was added up to step 21: letterheads, approvals, tasks and assets.

insert into letterheads (community_id, letterhead) values (501, '{"marketplace":"1"}');
insert into operators (community_id, name, folded) values (501, 'olga', 'olga');
insert into approval_limits (community_id, currency, amount) values (501, 'EUR', 1);
insert into approvals (community_id, id, status, act, object, transaction_id, amount, currency, asked_by, reason, request_id, asked_at, expires_at, request,
    same, decided_by, decision, decided_at, outcome, ended_at) values
(501, 51, 'waiting', 'withdrawal', 'user:bea', 0, 100, 'EUR', 'operator:olga', 'due', '', '2030-01-02T12:00:00.000000Z', '2030-01-02T13:00:00.000000Z', @bytes(),
    'approval:51', '', '', null, '', null);
insert into strays (community_id, gateway, payment_id, transaction_id, intent_id, amount, currency, note, attempts, due, found_at, listed_at, ended_at) values
(501, 'stripe', 'pi_stray_501', 1, 'i', 1, 'EUR', '', 0, '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', null, null);
insert into differences (community_id, gateway, fingerprint, class, what, payment_id, transaction_id, account, here, there, currency, advice,
    made_at, first_seen, last_seen, ended_at) values
(501, 'stripe', 'x', 'missing_there', 'x', 'pi_1', 1, '', 1, 2, 'EUR', 'look', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', '2030-01-02T12:00:00.000000Z', null);
insert into task_notes (community_id, task, owner, assigned_at, done_at, done_by, reason) values (501, 'difference/stripe:x', 'olga', '2030-01-02T12:00:00.000000Z', null, '', '');
insert into assets (code, scale) values ('USDT', 6);
