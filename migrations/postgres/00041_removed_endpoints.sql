-- +goose Up

-- Webhook endpoints that were deleted and of which rows are left.
create table removed_endpoints (
    community_id bigint not null,
    id           bigint not null,
    removed_at   timestamptz not null,
    primary key (community_id, id)
);
