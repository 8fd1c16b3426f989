-- +goose Up

-- What was done with a privilege: money moved by staff, fees, keys, communities,
-- bans. Rows are only ever added. Data is text, so that it stays byte for byte what
-- the digest was made of.
create table audit_log (
    community_id integer not null,
    id           integer not null,
    actor        text not null, -- "operator:olga", "operator:key:…", "command:root"
    act          text not null, -- "transaction.refund", "key.revoke"
    object       text not null, -- "transaction:12"
    reason       text not null,
    request_id   text not null,
    data         text not null,
    at           text,
    digest       blob not null,
    lane         integer not null,
    position     integer not null,
    primary key (community_id, id)
) strict;
create index audit_log_object on audit_log (community_id, object, id);
create index audit_log_lane on audit_log (lane, position);
insert into audit_log (community_id, id, actor, act, object, reason, request_id, data, at, digest, lane, position)
    select community_id, id, case when actor = 'system' then actor else 'operator:' || actor end, action, subject, detail, '', '{}', at, x'', 0, 0 from audit;

-- A lane is what one writer wrote through one session, strictly in the order of
-- positions: when a row can be seen, all before it are decided. Lane 0 is what was
-- written before there were lanes.
create table lanes (
    lane      integer primary key,
    acts      integer not null, -- 1: rows of audit_log that come with no commit
    opened_at text not null,
    sealed    integer not null -- the last position that is sealed
) strict;

alter table transaction_log add column community_id integer not null default 0;
alter table transaction_log add column digest blob not null default x'';
alter table transaction_log add column lane integer not null default 0;
alter table transaction_log add column position integer not null default 0;
create index transaction_log_lane on transaction_log (lane, position) where lane <> 0;
alter table postings add column digest blob not null default x'';

-- A seal covers the rows of a community in a piece of a lane and names the seal
-- before it. Tags are four bytes of each row's digest, so that a row can be named.
create table seals (
    community_id integer not null,
    sequence     integer not null,
    round        integer not null, -- of all communities together
    lane         integer not null,
    acts         integer not null,
    after        integer not null, -- positions above this one
    upto         integer not null, -- up to and with this one
    row_count    integer not null,
    tags         blob not null,
    previous     blob not null,
    hash         blob not null,
    at           text not null,
    primary key (community_id, sequence)
) strict;
create unique index seals_round on seals (round, community_id);

-- Guarded accounts: posted follows the postings of each commit; hold is why nothing
-- is paid from the account.
alter table accounts add column posted integer not null default 0;
alter table accounts add column hold text not null default '';
create index postings_guarded on postings (community_id, account, currency, amount)
    where account like 'available:%' or account like 'frozen:%';

update accounts set posted = (select coalesce(sum(p.amount), 0) from postings p
    where p.community_id = accounts.community_id and p.account = accounts.account and p.currency = accounts.currency
        and (p.account like 'available:%' or p.account like 'frozen:%'));

alter table communities add column hold text not null default '';

-- +goose StatementBegin
create trigger postings_no_update before update on postings begin
    select raise(abort, 'rows of postings are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger postings_no_delete before delete on postings begin
    select raise(abort, 'rows of postings are never deleted');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger transaction_log_no_update before update on transaction_log begin
    select raise(abort, 'rows of transaction_log are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger transaction_log_no_delete before delete on transaction_log begin
    select raise(abort, 'rows of transaction_log are never deleted');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_log_no_update before update on audit_log begin
    select raise(abort, 'rows of audit_log are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_log_no_delete before delete on audit_log begin
    select raise(abort, 'rows of audit_log are never deleted');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger seals_no_update before update on seals begin
    select raise(abort, 'rows of seals are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger seals_no_delete before delete on seals begin
    select raise(abort, 'rows of seals are never deleted');
end;
-- +goose StatementEnd
