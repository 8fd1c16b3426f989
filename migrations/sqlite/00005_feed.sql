-- +goose Up

-- The number of the newest entry of a user's feed.
create table feeds (
    community_id integer not null,
    user_id      text not null,
    last         integer not null,
    primary key (community_id, user_id)
) strict;

-- What users were told, per user without gaps.
create table feed_entries (
    community_id integer not null,
    user_id      text not null,
    sequence     integer not null,
    id           text not null,
    type         text not null,
    newer        integer not null,
    data         text not null,
    at           text,
    primary key (community_id, user_id, sequence)
) strict;

create table mails (
    id           text primary key,
    community_id integer not null,
    user_id      text not null,
    kind         text not null,
    data         text not null,
    at           text,
    attempts     integer not null,
    claimable_at text not null,
    ended_at     text,
    note         text not null
) strict;
create index mails_due on mails (claimable_at) where ended_at is null;
