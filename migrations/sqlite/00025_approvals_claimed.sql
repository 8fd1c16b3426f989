-- +goose Up

-- An approval that is due is claimed by one of all replicas, like everything that is due.
-- Empty: nobody has claimed it yet.
alter table approvals add column claimable_at text;
