-- +goose Up

-- Lists that show a time are in its order. Each process has ids of a block of its own, so that they are no order of time.
create index audit_log_newest on audit_log (community_id, at, id);
drop index audit_log_object;
create index audit_log_object on audit_log (community_id, object, at, id);
create index approvals_newest on approvals (community_id, asked_at, id);
drop index approvals_waiting;
create index approvals_waiting on approvals (community_id, asked_at, id) where status = 'waiting';
create index inbox_newest on inbox (received_at, id);
