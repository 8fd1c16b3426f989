-- +goose Up

-- What waits for a second person, of a community and of a deal.
create index approvals_waiting on approvals (community_id, id) where status = 'waiting';
