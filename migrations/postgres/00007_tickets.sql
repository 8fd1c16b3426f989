-- +goose Up

-- What opens a websocket once; only the hash of the secret is kept.
create table tickets (
    hash       text collate "C" primary key,
    holder     bytea not null,
    expires_at timestamptz not null
);
create index tickets_expired on tickets (expires_at);
