-- +goose Up

-- The log of events: what backends read and webhooks deliver. What happened is in the outbox
-- (events, messages, announcements) until it gets its number; what was there before the log
-- has none.
alter table events add column numbered integer not null default 0;
update events set numbered = 1;
create index events_unnumbered on events (community_id, transaction_id, sequence) where numbered = 0;
alter table messages add column numbered integer not null default 0;
update messages set numbered = 1;
create index messages_unnumbered on messages (community_id, transaction_id, id) where numbered = 0;

-- What rooms other than the deals' have to tell. A row goes when it gets its number.
create table announcements (
    community_id   integer not null,
    id             integer not null,
    type           text not null,
    transaction_id integer not null, -- the deal that it belongs to; 0: none
    object_type    text not null,
    object_number  integer not null,
    object_id      text not null,
    reference      text not null,
    data           text not null,
    at             text not null,
    primary key (community_id, id)
) strict;

-- The number of a community's newest event.
create table event_counters (
    community_id integer not null primary key,
    last         integer not null
) strict;

create table event_log (
    community_id   integer not null,
    sequence       integer not null,
    type           text not null,
    transaction_id integer not null,
    object_type    text not null,
    object_number  integer not null,
    object_id      text not null,
    reference      text not null,
    data           text not null,
    at             text not null,
    step           integer not null, -- 1: the next number is transaction.transitioned, and has no row
    primary key (community_id, sequence)
) strict;
create index event_log_of on event_log (community_id, transaction_id, sequence) where transaction_id <> 0;
create index event_log_at on event_log (at);
