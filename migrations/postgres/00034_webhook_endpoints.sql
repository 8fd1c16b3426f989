-- +goose Up

-- Where marketplaces have their events sent.
create table webhook_endpoints (
    community_id    bigint not null,
    id              bigint not null,
    url             text not null,
    types           text not null, -- names and patterns, separated by spaces
    payload         text collate "C" not null,
    signature       text collate "C" not null,
    description     text not null,
    api_version     text collate "C" not null,
    status          text collate "C" not null,
    disabled_reason text collate "C" not null,
    secrets         text not null, -- sealed
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    revision        bigint not null, -- rises with each change that is not the worker's
    -- Where it stands in the log, and how it does.
    position        bigint not null,
    replay_after    bigint not null,
    replay_until    bigint not null,
    loose           bigint not null, -- 1: rows wait, or stand behind the position
    failures        bigint not null,
    rests           bigint not null,
    failing_since   timestamptz,
    warned_at       timestamptz,
    due             timestamptz, -- when a row is tried again
    claimable_at    timestamptz not null,
    claims          bigint not null,
    primary key (community_id, id)
);

-- What became of events at endpoints, where something was tried.
create table webhook_deliveries (
    community_id   bigint not null,
    endpoint_id    bigint not null,
    sequence       bigint not null,
    type           text collate "C" not null,
    transaction_id bigint not null,
    status         text collate "C" not null,
    tries          bigint not null,
    begun_at       timestamptz,
    next           timestamptz,
    at             timestamptz not null,
    attempts       text not null, -- a line of JSON for each
    primary key (community_id, endpoint_id, sequence)
);
create index webhook_deliveries_loose on webhook_deliveries (community_id, endpoint_id, sequence) where status in ('pending', 'waiting');
create index webhook_deliveries_at on webhook_deliveries (at);
