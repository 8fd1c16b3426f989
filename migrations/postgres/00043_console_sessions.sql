-- +goose Up

-- Who is signed in to the console; only the hash of a session's secret is kept.
create table console_sessions (
    community_id bigint not null,
    hash         text collate "C" not null,
    name         text collate "C" not null,
    holder       bytea not null,
    since        timestamptz not null,
    seen_at      timestamptz not null,
    expires_at   timestamptz not null,
    primary key (community_id, hash)
);
create index console_sessions_expired on console_sessions (expires_at);
