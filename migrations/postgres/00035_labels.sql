-- +goose Up

-- What a marketplace notes with its objects for itself. Commits of a deal leave both columns
-- as they are. Deals without any have no entry in the indexes.
alter table transactions
    add column external_reference text collate "C" not null default '',
    add column metadata jsonb not null default '{}';
create unique index transactions_reference on transactions (community_id, external_reference) where external_reference <> '';
create index transactions_metadata on transactions using gin (metadata jsonb_path_ops) where metadata <> '{}';

alter table listings
    add column external_reference text collate "C" not null default '',
    add column metadata jsonb not null default '{}';
create unique index listings_reference on listings (community_id, external_reference) where external_reference <> '' and deleted_at is null;
create index listings_metadata on listings using gin (metadata jsonb_path_ops) where metadata <> '{}';

-- Sellers are users, of whom nothing else is kept here.
create table seller_labels (
    community_id       bigint not null,
    user_id            text collate "C" not null,
    id                 bigint not null, -- pages of a list go by it
    external_reference text collate "C" not null,
    metadata           jsonb not null,
    primary key (community_id, user_id)
);
create index seller_labels_page on seller_labels (community_id, id);
create unique index seller_labels_reference on seller_labels (community_id, external_reference) where external_reference <> '';
create index seller_labels_metadata on seller_labels using gin (metadata jsonb_path_ops) where metadata <> '{}';
