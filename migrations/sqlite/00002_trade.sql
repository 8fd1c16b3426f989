-- +goose Up

-- What was agreed when a deal was opened and never changes (terms), how its price
-- came about (lines), and what is taken for it (reserved).
alter table transactions add column terms text not null default '{}';
alter table transactions add column lines text not null default '[]';
alter table transactions add column reserved text not null default '[]';
alter table transactions add column deposit integer not null default 0;
alter table transactions add column deposit_fee integer not null default 0;
alter table transactions add column note text not null default '';
create index transactions_listing on transactions (community_id, listing_id, id) where listing_id <> 0;
create index transactions_attention on transactions (community_id, id) where attention <> '';

-- What is left of something that there is only so much of: the stock of a listing,
-- a day, an ad's amount. Without a row nobody has ever reserved any.
create table resources (
    community_id integer not null,
    name         text not null,
    free         integer not null,
    primary key (community_id, name),
    constraint resources_not_negative check (free >= 0)
) strict;

create table messages (
    transaction_id integer not null,
    id             integer not null,
    community_id   integer not null,
    sender         text not null,
    kind           text not null,
    content        text not null,
    at             text,
    delivered_at   text,
    primary key (transaction_id, id)
) strict;
create index messages_undelivered on messages (id) where delivered_at is null;

-- Up to which message somebody has read a deal's conversation.
create table reads (
    transaction_id integer not null,
    user_id        text not null,
    message_id     integer not null,
    primary key (transaction_id, user_id)
) strict;

create table reviews (
    transaction_id integer not null,
    reviewer       text not null,
    subject        text not null,
    community_id   integer not null,
    rating         integer not null check (rating between 1 and 5),
    content        text not null,
    at             text,
    primary key (transaction_id, reviewer)
) strict;
create index reviews_subject on reviews (community_id, subject, transaction_id);

-- Sums of what is said about a user: positive is 4 and 5, negative 1 and 2.
create table ratings (
    community_id integer not null,
    user_id      text not null,
    positive     integer not null default 0,
    negative     integer not null default 0,
    votes        integer not null default 0,
    stars        integer not null default 0,
    completed    integer not null default 0,
    primary key (community_id, user_id)
) strict;

-- What the marketplace takes from a deal.
alter table communities add column seller_basis_points integer not null default 0;
alter table communities add column seller_minimum integer not null default 0;
alter table communities add column buyer_basis_points integer not null default 0;
alter table communities add column buyer_minimum integer not null default 0;
