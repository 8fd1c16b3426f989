-- +goose Up

-- Who may sign in to the console by a password and a code. Name and community are who they are.
create table console_accounts (
    community_id bigint not null,
    name         text collate "C" not null,
    role         text collate "C" not null,
    secrets      text not null, -- sealed
    used         bigint not null, -- the step of the last code that was taken
    revision     bigint not null,
    created_at   timestamptz not null,
    disabled_at  timestamptz,
    primary key (community_id, name)
);

-- How often somebody tried to sign in: for an account, or (community 0) from an address. Keys are hashes.
create table console_tries (
    community_id bigint not null,
    key          text collate "C" not null,
    tries        bigint not null,
    at           timestamptz not null,
    primary key (community_id, key)
);
create index console_tries_at on console_tries (at);
