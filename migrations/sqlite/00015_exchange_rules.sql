-- +goose Up

-- What a community asks of its traders, as JSON; without a row the defaults hold.
create table exchange_rules (
    community_id integer primary key references communities (id),
    rules        text not null
) strict;
