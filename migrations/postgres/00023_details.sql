-- +goose Up

-- Payment details that serve nobody any more are found and deleted: of closed ads, of
-- ads that have ended, and of orders that have ended.
create index ads_closed_details on ads (updated_at) where length(sealed_details) > 0 and status = 'closed';
create index ads_ended_details on ads (ends_at) where length(sealed_details) > 0 and ends_at is not null;
create index transactions_details on transactions (entered_at) where state in ('completed', 'cancelled') and terms -> 'attributes' ->> 'payment_details' <> '';
