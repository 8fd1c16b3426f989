-- +goose Up

-- Replicas take ids in blocks, so the order of a conversation is that of its
-- instants: a mark holds the instant of its message too. changed is 1 when
-- something else than a message happened in the deal since its user looked.
alter table reads add column read_at text;
alter table reads add column changed integer not null default 0;
create index messages_order on messages (transaction_id, at, id);

-- Deals that are counted in ratings.completed.
create table completions (
    transaction_id integer primary key,
    community_id   integer not null
) strict;

-- Who is to be reminded of a review, and when. A row stays when it is done, so
-- that it is not made again.
create table review_reminders (
    transaction_id integer not null,
    user_id        text not null,
    round          integer not null,
    community_id   integer not null,
    due            text not null,
    attempts       integer not null default 0,
    claimable_at   text not null, -- due, or the end of a lease
    done           integer not null default 0, -- 1 when sent, or not needed any more
    primary key (transaction_id, user_id, round)
) strict;
create index review_reminders_open on review_reminders (claimable_at) where done = 0;

-- Files about a deal. The slot bounds how many there are, whoever comes at once.
create table evidence (
    transaction_id integer not null,
    slot           integer not null check (slot > 0),
    id             text not null,
    community_id   integer not null,
    uploader       text not null,
    name           text not null,
    type           text not null,
    size           integer not null,
    sha256         text not null,
    at             text,
    content        blob not null,
    primary key (transaction_id, slot),
    constraint evidence_id unique (id),
    constraint evidence_once unique (transaction_id, uploader, sha256)
) strict;
