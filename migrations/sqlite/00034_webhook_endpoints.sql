-- +goose Up

-- Where marketplaces have their events sent.
create table webhook_endpoints (
    community_id    integer not null,
    id              integer not null,
    url             text not null,
    types           text not null, -- names and patterns, separated by spaces
    payload         text not null,
    signature       text not null,
    description     text not null,
    api_version     text not null,
    status          text not null,
    disabled_reason text not null,
    secrets         text not null, -- sealed
    created_at      text not null,
    updated_at      text not null,
    revision        integer not null, -- rises with each change that is not the worker's
    -- Where it stands in the log, and how it does.
    position        integer not null,
    replay_after    integer not null,
    replay_until    integer not null,
    loose           integer not null, -- 1: rows wait, or stand behind the position
    failures        integer not null,
    rests           integer not null,
    failing_since   text,
    warned_at       text,
    due             text, -- when a row is tried again
    claimable_at    text not null,
    claims          integer not null,
    primary key (community_id, id)
) strict;

-- What became of events at endpoints, where something was tried.
create table webhook_deliveries (
    community_id   integer not null,
    endpoint_id    integer not null,
    sequence       integer not null,
    type           text not null,
    transaction_id integer not null,
    status         text not null,
    tries          integer not null,
    begun_at       text,
    next           text,
    at             text not null,
    attempts       text not null, -- a line of JSON for each
    primary key (community_id, endpoint_id, sequence)
) strict;
create index webhook_deliveries_loose on webhook_deliveries (community_id, endpoint_id, sequence) where status in ('pending', 'waiting');
create index webhook_deliveries_at on webhook_deliveries (at);
