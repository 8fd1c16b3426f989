-- +goose Up

-- Who has been seen on the exchange. The id is that of the user's token.
create table traders (
    community_id bigint not null,
    user_id      text collate "C" not null,
    name         text not null,
    since        timestamptz,
    banned_at    timestamptz,
    primary key (community_id, user_id)
);

-- Who does not want to trade with whom.
create table blocks (
    community_id bigint not null,
    user_id      text collate "C" not null,
    blocked      text collate "C" not null,
    at           timestamptz,
    primary key (community_id, user_id, blocked)
);

-- Which operator has a dispute. The primary key decides who is first.
create table assignments (
    transaction_id bigint primary key,
    community_id   bigint not null,
    operator       text collate "C" not null,
    at             timestamptz
);

-- What operators did and looked at. Rows are only ever added.
create table audit (
    id           bigint primary key,
    community_id bigint not null,
    actor        text collate "C" not null,
    action       text collate "C" not null,
    subject      text collate "C" not null,
    detail       text not null,
    at           timestamptz
);
create index audit_subject on audit (community_id, subject, id);

-- +goose StatementBegin
create function audit_is_kept() returns trigger language plpgsql as $$
begin
    raise exception 'audit rows are never changed or deleted';
end $$;
-- +goose StatementEnd
create trigger audit_kept before update or delete on audit for each row execute function audit_is_kept();

create index transactions_disputed on transactions (community_id, id) where state in ('disputed', 'cancelled_contested');

-- The gates of ads that are active already.
insert into resources (community_id, name, free)
    select community_id, 'adopen:' || id || ':' || version, 1099511627776 from ads where status = 'active';
