-- +goose Up

-- Streams of deals in which something could not be told: what waits there is tried again
-- at claimable_at, by one of all replicas, and read by nobody else until then.
create table told_later (
    community_id   bigint not null,
    transaction_id bigint not null,
    stream         text not null, -- events or messages
    since          timestamptz not null,
    attempts       integer not null,
    claimable_at   timestamptz not null, -- or the end of a lease
    primary key (community_id, transaction_id, stream)
);
create index told_later_due on told_later (claimable_at);
