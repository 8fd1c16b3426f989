-- +goose Up

-- What was agreed when a deal was opened and never changes (terms), how its price
-- came about (lines), and what is taken for it (reserved).
alter table transactions
    add column terms       jsonb not null default '{}',
    add column lines       jsonb not null default '[]',
    add column reserved    jsonb not null default '[]',
    add column deposit     bigint not null default 0,
    add column deposit_fee bigint not null default 0,
    add column note        text not null default '';
create index transactions_listing on transactions (community_id, listing_id, id) where listing_id <> 0;
create index transactions_attention on transactions (community_id, id) where attention <> '';

-- What is left of something that there is only so much of: the stock of a listing,
-- a day, an ad's amount. Without a row nobody has ever reserved any.
create table resources (
    community_id bigint not null,
    name         text collate "C" not null,
    free         bigint not null,
    primary key (community_id, name),
    constraint resources_not_negative check (free >= 0)
) with (fillfactor = 75);

create table messages (
    transaction_id bigint not null,
    id             bigint not null,
    community_id   bigint not null,
    sender         text collate "C" not null,
    kind           text collate "C" not null,
    content        text not null,
    at             timestamptz,
    delivered_at   timestamptz,
    primary key (transaction_id, id)
);
create index messages_undelivered on messages (id) where delivered_at is null;

-- Up to which message somebody has read a deal's conversation.
create table reads (
    transaction_id bigint not null,
    user_id        text collate "C" not null,
    message_id     bigint not null,
    primary key (transaction_id, user_id)
);

create table reviews (
    transaction_id bigint not null,
    reviewer       text collate "C" not null,
    subject        text collate "C" not null,
    community_id   bigint not null,
    rating         bigint not null check (rating between 1 and 5),
    content        text not null,
    at             timestamptz,
    primary key (transaction_id, reviewer)
);
create index reviews_subject on reviews (community_id, subject, transaction_id);

-- Sums of what is said about a user: positive is 4 and 5, negative 1 and 2.
create table ratings (
    community_id bigint not null,
    user_id      text collate "C" not null,
    positive     bigint not null default 0,
    negative     bigint not null default 0,
    votes        bigint not null default 0,
    stars        bigint not null default 0,
    completed    bigint not null default 0,
    primary key (community_id, user_id)
);

-- What the marketplace takes from a deal.
alter table communities
    add column seller_basis_points bigint not null default 0,
    add column seller_minimum      bigint not null default 0,
    add column buyer_basis_points  bigint not null default 0,
    add column buyer_minimum       bigint not null default 0;
