-- +goose Up

-- What happened around a deal is read page by page, from each table in the order of the page.
alter table mails add column transaction_id bigint not null default 0; -- 0: it is about no deal, or older than this column
create index mails_deal on mails (community_id, transaction_id, at, id) where transaction_id <> 0;
create index intents_deal on intents (community_id, transaction_id, created_at, id);
create index inbox_payment on inbox (gateway, payment_id, received_at, id) where payment_id <> '';
create index webhook_deliveries_deal on webhook_deliveries (community_id, transaction_id, coalesce(begun_at, at), sequence, endpoint_id) where transaction_id <> 0;
create index approvals_deal on approvals (community_id, transaction_id, asked_at, id) where transaction_id <> 0;
