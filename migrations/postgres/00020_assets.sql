-- +goose Up

-- What is counted besides the currencies of ISO 4217. Amounts are stored in minor units,
-- so the decimals of an asset can never be others than when it was first set up.
create table assets (
    code  text collate "C" primary key,
    scale integer not null check (scale between 0 and 18)
);
create trigger assets_kept before update or delete on assets for each row execute function rows_are_kept();
create trigger assets_whole before truncate on assets for each statement execute function rows_are_kept();
