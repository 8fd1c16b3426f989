-- +goose Up

-- The log of events: what backends read and webhooks deliver. What happened is in the outbox
-- (events, messages, announcements) until it gets its number; what was there before the log
-- has none.
alter table events add column numbered bigint not null default 1;
alter table events alter column numbered set default 0;
create index events_unnumbered on events (community_id, transaction_id, sequence) where numbered = 0;
alter table messages add column numbered bigint not null default 1;
alter table messages alter column numbered set default 0;
create index messages_unnumbered on messages (community_id, transaction_id, id) where numbered = 0;

-- What rooms other than the deals' have to tell. A row goes when it gets its number.
create table announcements (
    community_id   bigint not null,
    id             bigint not null,
    type           text collate "C" not null,
    transaction_id bigint not null, -- the deal that it belongs to; 0: none
    object_type    text collate "C" not null,
    object_number  bigint not null,
    object_id      text not null,
    reference      text not null,
    data           text not null,
    at             timestamptz not null,
    primary key (community_id, id)
);

-- The number of a community's newest event.
create table event_counters (
    community_id bigint not null primary key,
    last         bigint not null
);

create table event_log (
    community_id   bigint not null,
    sequence       bigint not null,
    type           text collate "C" not null,
    transaction_id bigint not null,
    object_type    text collate "C" not null,
    object_number  bigint not null,
    object_id      text not null,
    reference      text not null,
    data           text not null,
    at             timestamptz not null,
    step           bigint not null, -- 1: the next number is transaction.transitioned, and has no row
    primary key (community_id, sequence)
);
create index event_log_of on event_log (community_id, transaction_id, sequence) where transaction_id <> 0;
create index event_log_at on event_log (at);
