-- +goose Up

-- When nothing was left of a listing's stock, until the log of events has it.
alter table resources add column emptied_at text;
create index resources_emptied on resources (community_id, name) where emptied_at is not null;
