-- +goose Up

-- Who may act as staff of a community. Without a row any well-formed name may.
create table operators (
    community_id bigint not null references communities (id),
    name         text collate "C" not null,
    folded       text collate "C" not null, -- in lower case: two names never differ in that alone
    primary key (community_id, name)
);
create unique index operators_folded on operators (community_id, folded);

-- Above which amount staff needs a second person, in minor units.
create table approval_limits (
    community_id bigint not null references communities (id),
    currency     text collate "C" not null,
    amount       bigint not null,
    primary key (community_id, currency)
);

-- What staff asked for above the limit. The request is sealed, and forgotten when the
-- approval has ended.
create table approvals (
    community_id   bigint not null,
    id             bigint not null,
    status         text collate "C" not null, -- waiting, approved, done, refused, rejected, expired
    act            text collate "C" not null, -- "withdrawal", "transaction.refund"
    object         text collate "C" not null, -- "transaction:12", "user:bea"
    transaction_id bigint not null,
    amount         bigint not null,
    currency       text collate "C" not null, -- empty: the act has no amount
    asked_by       text collate "C" not null, -- "operator:olga"
    reason         text not null,
    request_id     text collate "C" not null,
    asked_at       timestamptz not null,
    expires_at     timestamptz not null,
    request        bytea not null,
    same           text collate "C" not null, -- an act that waits is not asked for twice
    decided_by     text collate "C" not null,
    decision       text not null, -- why
    decided_at     timestamptz,
    outcome        text collate "C" not null, -- why it was refused when it was carried out
    ended_at       timestamptz,
    primary key (community_id, id)
);
create unique index approvals_same on approvals (community_id, same);
create index approvals_open on approvals (expires_at) where ended_at is null;
