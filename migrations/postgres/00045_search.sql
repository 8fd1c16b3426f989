-- +goose Up

-- What the console finds deals by, besides their ids and who is in them.
create index transactions_state on transactions (community_id, state, id);
create index transactions_price on transactions (community_id, price, id);
create index transactions_created on transactions (community_id, created_at);
create index transaction_log_request on transaction_log (request_id) where request_id <> '';
create index profiles_email on profiles (community_id, lower(email)) where email <> '';
