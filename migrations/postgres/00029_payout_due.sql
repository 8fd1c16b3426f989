-- +goose Up

-- What of released the marketplace has not paid to the payee yet, where the gateway pays no
-- sellers. It is listed until it is settled.
alter table transactions add column payout_due bigint not null default 0 check (payout_due >= 0);
-- What of it paid the payee's debt instead, after the payer's bank had taken money back.
alter table transactions add column withheld bigint not null default 0 check (withheld >= 0);
create index transactions_payout_due on transactions (community_id, id) where payout_due > 0;
