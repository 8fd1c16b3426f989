-- +goose Up

-- How the seller stood at the gateway when it told last; empty: nobody has asked since the account was linked.
alter table gateway_accounts add column status text not null default '';
