-- +goose Up

-- What is counted besides the currencies of ISO 4217. Amounts are stored in minor units,
-- so the decimals of an asset can never be others than when it was first set up.
create table assets (
    code  text primary key,
    scale integer not null check (scale between 0 and 18)
) strict;
-- +goose StatementBegin
create trigger assets_no_update before update on assets begin
    select raise(abort, 'rows of assets are never changed');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger assets_no_delete before delete on assets begin
    select raise(abort, 'rows of assets are never deleted');
end;
-- +goose StatementEnd
