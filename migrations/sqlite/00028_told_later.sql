-- +goose Up

-- Streams of deals in which something could not be told: what waits there is tried again
-- at claimable_at, by one of all replicas, and read by nobody else until then.
create table told_later (
    community_id   integer not null,
    transaction_id integer not null,
    stream         text not null, -- events or messages
    since          text not null,
    attempts       integer not null,
    claimable_at   text not null, -- or the end of a lease
    primary key (community_id, transaction_id, stream)
) strict;
create index told_later_due on told_later (claimable_at);
