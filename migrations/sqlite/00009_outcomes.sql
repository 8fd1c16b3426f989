-- +goose Up

-- How many keys the operation was sent under before: a key that the gateway has
-- ended without effect is replaced by another one.
alter table intents add column generation integer not null default 0;
