-- +goose Up

-- Whose a message is that was given up: the community of the deal that its payment
-- belongs to, 0 for none. Not known of those that an older release gave up.
alter table inbox add column community_id bigint;
create index inbox_unsorted on inbox (id) where done = 1 and note like 'given up%' and community_id is null;

-- Tasks in the order of their pages, so that reading one ends where the page does.
create index inbox_dead on inbox (community_id, received_at, (cast(id as text))) where done = 1 and note like 'given up%';
create index mails_dead on mails (community_id, at, id) where ended_at is not null and note = 'given up';
create index intents_waiting on intents (community_id, created_at, id) where status = 'open' and attempt <= 1 and code = '';
create index intents_doubtful on intents (community_id, created_at, id) where status = 'open' and (attempt > 1 or code <> '');
