-- +goose Up

-- What opens a websocket once; only the hash of the secret is kept.
create table tickets (
    hash       text primary key,
    holder     blob not null,
    expires_at text not null
) strict;
create index tickets_expired on tickets (expires_at);
