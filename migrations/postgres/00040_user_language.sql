-- +goose Up

-- The language in which a user wants to be written to, a tag of BCP 47; empty: the community's.
alter table profiles add column language text collate "C" not null default '';
