-- +goose Up

-- Who may sign in to the console by a password and a code. Name and community are who they are.
create table console_accounts (
    community_id integer not null,
    name         text not null,
    role         text not null,
    secrets      text not null, -- sealed
    used         integer not null, -- the step of the last code that was taken
    revision     integer not null,
    created_at   text not null,
    disabled_at  text,
    primary key (community_id, name)
) strict;

-- How often somebody tried to sign in: for an account, or (community 0) from an address. Keys are hashes.
create table console_tries (
    community_id integer not null,
    key          text not null,
    tries        integer not null,
    at           text not null,
    primary key (community_id, key)
) strict;
create index console_tries_at on console_tries (at);
