-- +goose Up

-- What staff writes down about a deal, for staff alone. Rows are only ever added. No digest covers them: they are
-- words about people, which a request to be forgotten may reach.
create table deal_notes (
    community_id   bigint not null,
    transaction_id bigint not null,
    id             bigint not null,
    author         text collate "C" not null, -- "operator:olga"
    content        text not null,
    at             timestamptz not null,
    primary key (community_id, transaction_id, id)
);
create index deal_notes_at on deal_notes (community_id, transaction_id, at, id);
