-- +goose Up

-- The web pages whose scripts may call from a browser, by community.
create table community_origins (
    community_id integer not null,
    origin       text not null, -- https://market.example.com
    primary key (community_id, origin)
) strict;
create index community_origins_page on community_origins (origin, community_id);
-- Where to begin to read what was changed after a time.
create index seals_at on seals (community_id, at, sequence);
