-- +goose Up

-- After how many days a deal that is opened from now on is confirmed; 0 leaves it to its process.
alter table communities add column confirm_after_days integer not null default 0 check (confirm_after_days between 0 and 365);
