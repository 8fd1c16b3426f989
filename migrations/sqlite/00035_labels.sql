-- +goose Up

-- What a marketplace notes with its objects for itself. Commits of a deal leave both columns
-- as they are. Deals without any have no entry in the indexes.
alter table transactions add column external_reference text not null default '';
alter table transactions add column metadata text not null default '{}';
create unique index transactions_reference on transactions (community_id, external_reference) where external_reference <> '';
create index transactions_metadata on transactions (community_id, id) where metadata <> '{}';

alter table listings add column external_reference text not null default '';
alter table listings add column metadata text not null default '{}';
create unique index listings_reference on listings (community_id, external_reference) where external_reference <> '' and deleted_at is null;
create index listings_metadata on listings (community_id, id) where metadata <> '{}';

-- Sellers are users, of whom nothing else is kept here.
create table seller_labels (
    community_id       integer not null,
    user_id            text not null,
    id                 integer not null, -- pages of a list go by it
    external_reference text not null,
    metadata           text not null,
    primary key (community_id, user_id)
) strict;
create index seller_labels_page on seller_labels (community_id, id);
create unique index seller_labels_reference on seller_labels (community_id, external_reference) where external_reference <> '';
