-- +goose Up

-- Where a key comes from ('dev' for those of handsel dev), and about when it was
-- last used.
alter table api_keys add column origin text not null default '';
alter table api_keys add column last_used_at timestamptz;

-- What only serves for a while is deleted by its age.
create index replies_age on replies (at);
create index inbox_done on inbox (received_at) where done = 1;
create index mails_ended on mails (ended_at) where ended_at is not null;
create index feed_entries_age on feed_entries (at);
