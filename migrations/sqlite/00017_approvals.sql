-- +goose Up

-- Who may act as staff of a community. Without a row any well-formed name may.
create table operators (
    community_id integer not null references communities (id),
    name         text not null,
    folded       text not null, -- in lower case: two names never differ in that alone
    primary key (community_id, name)
) strict;
create unique index operators_folded on operators (community_id, folded);

-- Above which amount staff needs a second person, in minor units.
create table approval_limits (
    community_id integer not null references communities (id),
    currency     text not null,
    amount       integer not null,
    primary key (community_id, currency)
) strict;

-- What staff asked for above the limit. The request is sealed, and forgotten when the
-- approval has ended.
create table approvals (
    community_id   integer not null,
    id             integer not null,
    status         text not null, -- waiting, approved, done, refused, rejected, expired
    act            text not null, -- "withdrawal", "transaction.refund"
    object         text not null, -- "transaction:12", "user:bea"
    transaction_id integer not null,
    amount         integer not null,
    currency       text not null, -- empty: the act has no amount
    asked_by       text not null, -- "operator:olga"
    reason         text not null,
    request_id     text not null,
    asked_at       text not null,
    expires_at     text not null,
    request        blob not null,
    same           text not null, -- an act that waits is not asked for twice
    decided_by     text not null,
    decision       text not null, -- why
    decided_at     text,
    outcome        text not null, -- why it was refused when it was carried out
    ended_at       text,
    primary key (community_id, id)
) strict;
create unique index approvals_same on approvals (community_id, same);
create index approvals_open on approvals (expires_at) where ended_at is null;
