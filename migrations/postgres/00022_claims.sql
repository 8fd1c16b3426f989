-- +goose Up

-- Messages are claimed per gateway: one gateway's backlog is no part of another's claim.
drop index inbox_open;
create index inbox_open on inbox (gateway, claimable_at) where done = 0;

-- What a taker has dropped is looked at before they take the next order. Orders that
-- were completed count only where the taker was to sell, and may have cancelled before.
create index transactions_dropped on transactions (community_id, starter, updated_at)
    where process like 'p2p_order@%' and (state <> 'completed' or starter = seller);
