-- +goose Up

-- What gateways send from sellers' accounts there to their banks, as the gateway told last. No
-- money of the books moves by it.
create table bank_payouts (
    community_id integer not null,
    id           integer not null,
    gateway      text not null,
    account_id   text not null, -- of the seller at the gateway
    payout_id    text not null, -- the gateway's
    user_id      text not null,
    amount       integer not null check (amount >= 0),
    currency     text not null,
    status       text not null, -- in_transit, paid, failed, canceled
    stage        integer not null, -- of the status: it only grows
    failure      text not null, -- the gateway's code
    deals        text not null, -- [1,2]: those whose money is in it, as far as the gateway tells
    made_at      text not null,
    arrives_at   text,
    ended_at     text,
    told_at      text, -- when the seller was told of a failure
    attempts     integer not null,
    due          text, -- when it is looked at again, or the end of a lease; null: never
    primary key (community_id, id)
) strict;
create unique index bank_payouts_there on bank_payouts (community_id, gateway, payout_id);
create index bank_payouts_of on bank_payouts (community_id, user_id, id);
create index bank_payouts_due on bank_payouts (due) where due is not null;
create index bank_payouts_failed on bank_payouts (community_id, ended_at) where status = 'failed';
-- Whose account a payout is from.
create index gateway_accounts_there on gateway_accounts (gateway, account_id);
