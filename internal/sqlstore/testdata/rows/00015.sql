-- What the second part added up to step 15: the audit log, lanes and seals, rules of the
-- exchange, what was said with a step, losses. Rows of a lane that was closed are unsealed.

insert into exchange_rules (community_id, rules) values (501, '{"fault_limit":3}');
insert into lanes (lane, acts, opened_at, sealed) values (901, 1, '2030-01-01T12:00:00.000000Z', 1);
insert into audit_log (community_id, id, actor, act, object, reason, request_id, data, at, digest, lane, position) values
(501, 42, 'operator:olga', 'read_chat', 'order:2', '', '', '{}', '2030-01-02T12:00:00.000000Z', @bytes(), 0, 0);
insert into seals (community_id, sequence, round, lane, acts, after, upto, row_count, tags, previous, hash, at) values
(777, 1, 1, 902, 1, 0, 1, 0, @bytes(), @bytes(), @bytes(00), '2030-01-01T12:00:00.000000Z');
update accounts set posted = balance;
