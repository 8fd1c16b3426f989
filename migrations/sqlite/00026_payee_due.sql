-- +goose Up

-- What the payee has paid back of money that went back to the payer after the deal was
-- over, and that then came back from there: the marketplace owes it to the payee.
alter table transactions add column payee_due integer not null default 0 check (payee_due >= 0);
