-- +goose Up

-- What people said along with a step, by input: reasons, complaints, tracking codes,
-- decisions. An object of texts, kept as it was written, since
-- the digest of the row covers it.
alter table transaction_log add column said text not null default '{}';
