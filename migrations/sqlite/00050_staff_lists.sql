-- +goose Up

-- Staff reads e-mails and ads of a community page by page, the newest first.
create index mails_sent on mails (community_id, at, id);
create index ads_newest on ads (community_id, id);
