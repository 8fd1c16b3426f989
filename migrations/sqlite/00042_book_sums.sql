-- +goose Up

-- What was posted on each day (UTC), by account, so that nobody adds up the whole ledger to know a balance. Accounts of
-- deals and users stand together under their kind: "escrow". A job counts what is sealed, each commit once.
create table book_sums (
    community_id integer not null,
    account      text not null,
    currency     text not null,
    day          text not null, -- 2026-03-01
    amount       integer not null,
    postings     integer not null,
    primary key (community_id, account, currency, day)
) strict;

-- How far each lane is counted.
alter table lanes add column counted integer not null default 0;
create index lanes_uncounted on lanes (lane) where acts = 0 and counted < sealed;

-- What was written before there were lanes is never sealed: it is counted here.
insert into book_sums (community_id, account, currency, day, amount, postings)
    select p.community_id, case when substr(p.account, 1, instr(p.account, ':') - 1) in ('outside', 'fees', 'platform', 'losses') then p.account else substr(p.account, 1, instr(p.account, ':') - 1) end,
        p.currency, coalesce(substr(p.at, 1, 10), ''), sum(p.amount), count(*)
    from postings p join transaction_log l on l.transaction_id = p.transaction_id and l.revision = p.revision
    where l.lane = 0 group by 1, 2, 3, 4;

-- The postings of a kind of account in the order of their pages.
create index postings_books on postings (community_id, substr(account, 1, instr(account, ':') - 1), currency, at, transaction_id, revision, line);
create index transactions_holding on transactions (community_id, id) where held > 0 or (gateway = 'balance' and authorized > 0);
