-- +goose Up

-- The accounts at the gateway that a payment is from and for, as it told last: it goes on with
-- them when its people have other accounts. Empty: it has not told.
alter table transactions add column payer_account text not null default '';
alter table transactions add column payee_account text not null default '';

-- What users' accounts at gateways were before others took their place.
create table former_accounts (
    community_id integer not null,
    user_id      text not null,
    gateway      text not null,
    account_id   text not null,
    primary key (community_id, user_id, gateway, account_id)
) strict;
