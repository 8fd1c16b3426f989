-- +goose Up
-- Minimum fees belong to a currency: {"EUR":100}, in minor units of it. The columns of
-- before hold for a currency without one, until the fees are set again.
alter table communities add column seller_minimums text not null default '{}';
alter table communities add column buyer_minimums text not null default '{}';
-- What becomes of fees when a part is released, and when money goes back.
alter table communities add column commission_rule text not null default 'pro_rata';
alter table communities add column buyer_fee_rule text not null default 'pro_rata';
