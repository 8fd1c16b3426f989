-- +goose Up

-- Who has been seen on the exchange. The id is that of the user's token.
create table traders (
    community_id integer not null,
    user_id      text not null,
    name         text not null,
    since        text,
    banned_at    text,
    primary key (community_id, user_id)
) strict;

-- Who does not want to trade with whom.
create table blocks (
    community_id integer not null,
    user_id      text not null,
    blocked      text not null,
    at           text,
    primary key (community_id, user_id, blocked)
) strict;

-- Which operator has a dispute. The primary key decides who is first.
create table assignments (
    transaction_id integer primary key,
    community_id   integer not null,
    operator       text not null,
    at             text
) strict;

-- What operators did and looked at. Rows are only ever added.
create table audit (
    id           integer primary key,
    community_id integer not null,
    actor        text not null,
    action       text not null,
    subject      text not null,
    detail       text not null,
    at           text
) strict;
create index audit_subject on audit (community_id, subject, id);

-- +goose StatementBegin
create trigger audit_no_update before update on audit begin
    select raise(abort, 'audit rows are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_no_delete before delete on audit begin
    select raise(abort, 'audit rows are never deleted');
end;
-- +goose StatementEnd

create index transactions_disputed on transactions (community_id, id) where state in ('disputed', 'cancelled_contested');

-- The gates of ads that are active already.
insert into resources (community_id, name, free)
    select community_id, 'adopen:' || id || ':' || version, 1099511627776 from ads where status = 'active';
