-- +goose Up

-- What is reserved at a gateway by the time when it lapses, and what went back to payers after the end of a deal.
create index transactions_lapsing on transactions (community_id, (deadlines ->> 'capture_before')) where authorized > 0;
create index transactions_charged_back on transactions (community_id, id) where charged_back > 0;
