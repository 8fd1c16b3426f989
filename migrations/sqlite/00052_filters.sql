-- +goose Up

-- What staff filters lists by: each page is read from an index, and is full or the last one.
create index mails_user on mails (community_id, user_id, at, id);
create index ads_whose on ads (community_id, owner, id);
create index ads_status on ads (community_id, status, id);
create index listings_disabled on listings (community_id, id) where disabled_at is not null and deleted_at is null;
create index audit_log_actor on audit_log (community_id, actor, at, id);
create index audit_log_act on audit_log (community_id, act, at, id);
