-- +goose Up

-- Since when a deal is in the state of its timer, and since when it is on hold: tasks are
-- read in this order. A release before this one leaves them out.
alter table timers add column since text;
update timers set since = (select coalesce(t.entered_at, t.last_transition_at, t.updated_at) from transactions t where t.id = timers.transaction_id);
alter table transactions add column held_at text;
update transactions set held_at = (select max(l.at) from transaction_log l where l.transaction_id = transactions.id and l.transition = 'flag')
    where attention <> '';

-- Tasks in the order of their pages, so that reading one ends where the page does.
create index transactions_held on transactions (community_id, (coalesce(held_at, updated_at)), (cast(id as text))) where attention <> '';
drop index timers_staff;
create index timers_staff on timers (community_id, (coalesce(since, due)), (cast(transaction_id as text)))
    where name in ('operator_reminder', 'operator_alarm') and state <> 'disputed';
create index timers_disputed on timers (community_id, (coalesce(since, due)), (cast(transaction_id as text)))
    where name in ('operator_reminder', 'operator_alarm') and state = 'disputed';
drop index timers_refused;
create index timers_refused on timers (community_id, (coalesce(since, due)), (cast(transaction_id as text) || ':' || name)) where attempts >= 3;
