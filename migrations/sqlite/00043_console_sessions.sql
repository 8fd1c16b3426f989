-- +goose Up

-- Who is signed in to the console; only the hash of a session's secret is kept.
create table console_sessions (
    community_id integer not null,
    hash         text not null,
    name         text not null,
    holder       blob not null,
    since        text not null,
    seen_at      text not null,
    expires_at   text not null,
    primary key (community_id, hash)
) strict;
create index console_sessions_expired on console_sessions (expires_at);
