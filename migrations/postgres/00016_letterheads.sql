-- +goose Up

-- How a community writes to people, as JSON; what it has not set is the server's.
create table letterheads (
    community_id bigint primary key references communities (id),
    letterhead   text not null
);
