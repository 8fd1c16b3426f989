-- +goose Up

-- The number of the newest entry of a user's feed.
create table feeds (
    community_id bigint not null,
    user_id      text collate "C" not null,
    last         bigint not null,
    primary key (community_id, user_id)
);

-- What users were told, per user without gaps.
create table feed_entries (
    community_id bigint not null,
    user_id      text collate "C" not null,
    sequence     bigint not null,
    id           text collate "C" not null,
    type         text collate "C" not null,
    newer        bigint not null,
    data         jsonb not null,
    at           timestamptz,
    primary key (community_id, user_id, sequence)
);

create table mails (
    id           text collate "C" primary key,
    community_id bigint not null,
    user_id      text collate "C" not null,
    kind         text collate "C" not null,
    data         jsonb not null,
    at           timestamptz,
    attempts     bigint not null,
    claimable_at timestamptz not null,
    ended_at     timestamptz,
    note         text not null
);
create index mails_due on mails (claimable_at) where ended_at is null;
