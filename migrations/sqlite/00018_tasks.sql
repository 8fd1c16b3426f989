-- +goose Up

-- Payments at a gateway that name an operation of ours and belong to no deal.
create table strays (
    community_id   integer not null,
    gateway        text not null,
    payment_id     text not null,
    transaction_id integer not null, -- the deal whose operation opened it
    intent_id      text not null,
    amount         integer not null, -- what it took or reserved, as far as it is known
    currency       text not null,
    note           text not null,
    attempts       integer not null,
    due            text not null, -- or the end of a lease
    found_at       text not null,
    listed_at      text, -- since then a person is asked
    ended_at       text,
    primary key (community_id, gateway, payment_id)
) strict;
create index strays_due on strays (due) where ended_at is null;
create index strays_listed on strays (community_id, listed_at) where listed_at is not null and ended_at is null;

-- What a comparison with a gateway found, until it is found no more.
create table differences (
    community_id   integer not null,
    gateway        text not null,
    fingerprint    text not null,
    class          text not null,
    what           text not null,
    payment_id     text not null,
    transaction_id integer not null,
    account        text not null,
    here           integer not null,
    there          integer not null,
    currency       text not null,
    advice         text not null,
    made_at        text not null, -- the deal, or the payment
    first_seen     text not null,
    last_seen      text not null,
    ended_at       text,
    primary key (community_id, gateway, fingerprint)
) strict;
create index differences_open on differences (community_id, first_seen) where ended_at is null;
create index differences_ended on differences (ended_at) where ended_at is not null;

-- Who looks after what needs a person, and what they said when it was done. What
-- needs one stands in the rows of truth.
create table task_notes (
    community_id integer not null,
    task         text not null,
    owner        text not null,
    assigned_at  text,
    done_at      text,
    done_by      text not null,
    reason       text not null,
    primary key (community_id, task)
) strict;

-- Since when something is on hold.
alter table accounts add column held_at text;
alter table communities add column held_at text;

create index accounts_held on accounts (community_id, account) where hold <> '';
create index inbox_given_up on inbox (received_at) where done = 1 and note like 'given up%';
create index mails_given_up on mails (community_id, at) where ended_at is not null and note = 'given up';
create index timers_staff on timers (community_id, transaction_id) where name in ('operator_reminder', 'operator_alarm');
create index timers_refused on timers (community_id, transaction_id) where attempts >= 3;
