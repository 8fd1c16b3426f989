-- +goose Up

-- What staff writes down about a deal, for staff alone. Rows are only ever added. No digest covers them: they are
-- words about people, which a request to be forgotten may reach.
create table deal_notes (
    community_id   integer not null,
    transaction_id integer not null,
    id             integer not null,
    author         text not null, -- "operator:olga"
    content        text not null,
    at             text not null,
    primary key (community_id, transaction_id, id)
) strict;
create index deal_notes_at on deal_notes (community_id, transaction_id, at, id);
