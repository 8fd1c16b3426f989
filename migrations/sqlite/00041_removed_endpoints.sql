-- +goose Up

-- Webhook endpoints that were deleted and of which rows are left.
create table removed_endpoints (
    community_id integer not null,
    id           integer not null,
    removed_at   text not null,
    primary key (community_id, id)
) strict;
