-- +goose Up

-- What was done with a privilege: money moved by staff, fees, keys, communities,
-- bans. Rows are only ever added. Data is text, so that it stays byte for byte what
-- the digest was made of.
create table audit_log (
    community_id bigint not null,
    id           bigint not null,
    actor        text collate "C" not null, -- "operator:olga", "operator:key:…", "command:root"
    act          text collate "C" not null, -- "transaction.refund", "key.revoke"
    object       text collate "C" not null, -- "transaction:12"
    reason       text not null,
    request_id   text not null,
    data         text not null,
    at           timestamptz,
    digest       bytea not null,
    lane         bigint not null,
    position     bigint not null,
    primary key (community_id, id)
);
create index audit_log_object on audit_log (community_id, object, id);
create index audit_log_lane on audit_log (lane, position);
insert into audit_log (community_id, id, actor, act, object, reason, request_id, data, at, digest, lane, position)
    select community_id, id, case when actor = 'system' then actor else 'operator:' || actor end, action, subject, detail, '', '{}', at, '', 0, 0 from audit;

-- A lane is what one writer wrote through one session, strictly in the order of
-- positions: when a row can be seen, all before it are decided. Lane 0 is what was
-- written before there were lanes.
create table lanes (
    lane      bigint primary key,
    acts      bigint not null, -- 1: rows of audit_log that come with no commit
    opened_at timestamptz not null,
    sealed    bigint not null -- the last position that is sealed
);

alter table transaction_log
    add column community_id bigint not null default 0,
    add column digest bytea not null default '',
    add column lane bigint not null default 0,
    add column position bigint not null default 0;
create index transaction_log_lane on transaction_log (lane, position) where lane <> 0;
alter table postings add column digest bytea not null default '';

-- A seal covers the rows of a community in a piece of a lane and names the seal
-- before it. Tags are four bytes of each row's digest, so that a row can be named.
create table seals (
    community_id bigint not null,
    sequence     bigint not null,
    round        bigint not null, -- of all communities together
    lane         bigint not null,
    acts         bigint not null,
    after        bigint not null, -- positions above this one
    upto         bigint not null, -- up to and with this one
    row_count    bigint not null,
    tags         bytea not null,
    previous     bytea not null,
    hash         bytea not null,
    at           timestamptz not null,
    primary key (community_id, sequence)
);
create unique index seals_round on seals (round, community_id);

-- Guarded accounts: posted follows the postings of each commit; hold is why nothing
-- is paid from the account.
alter table accounts
    add column posted bigint not null default 0,
    add column hold text not null default '';
create index postings_guarded on postings (community_id, account, currency) include (amount)
    where account like 'available:%' or account like 'frozen:%';

update accounts set posted = (select coalesce(sum(p.amount), 0) from postings p
    where p.community_id = accounts.community_id and p.account = accounts.account and p.currency = accounts.currency
        and (p.account like 'available:%' or p.account like 'frozen:%'));

alter table communities add column hold text not null default '';

-- +goose StatementBegin
create function rows_are_kept() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or deleted', tg_table_name;
end $$;
-- +goose StatementEnd
create trigger postings_kept before update or delete on postings for each row execute function rows_are_kept();
create trigger postings_whole before truncate on postings for each statement execute function rows_are_kept();
create trigger transaction_log_kept before update or delete on transaction_log for each row execute function rows_are_kept();
create trigger transaction_log_whole before truncate on transaction_log for each statement execute function rows_are_kept();
create trigger audit_log_kept before update or delete on audit_log for each row execute function rows_are_kept();
create trigger audit_log_whole before truncate on audit_log for each statement execute function rows_are_kept();
create trigger seals_kept before update or delete on seals for each row execute function rows_are_kept();
create trigger seals_whole before truncate on seals for each statement execute function rows_are_kept();
