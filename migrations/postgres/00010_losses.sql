-- +goose Up

-- Minimum fees belong to a currency: {"EUR":100}, in minor units of it. The columns of
-- before hold for a currency without one, until the fees are set again.
alter table communities
    add column seller_minimums jsonb not null default '{}',
    add column buyer_minimums  jsonb not null default '{}',
    -- What becomes of fees when a part is released, and when money goes back.
    add column commission_rule text  not null default 'pro_rata',
    add column buyer_fee_rule  text  not null default 'pro_rata';

-- What went back to the payer after a deal was over, and who bears it; what the gateway
-- kept for its services, out of the platform's own pocket.
alter table transactions
    add column charged_back bigint not null default 0 check (charged_back >= 0),
    add column lost         bigint not null default 0 check (lost >= 0),
    add column recovered    bigint not null default 0 check (recovered >= 0),
    add column gateway_fees bigint not null default 0 check (gateway_fees >= 0),
    add constraint transactions_losses check (lost + recovered <= charged_back);

-- The cases that nobody has settled, for reconciliation.
create index transactions_loss on transactions (community_id, id) where charged_back > 0;
