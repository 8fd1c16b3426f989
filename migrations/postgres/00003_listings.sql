-- +goose Up

-- Amounts are minor units of "currency". What is free of a listing's stock and
-- days stands in resources, because deals reserve there.
create table listings (
    id             bigint primary key,
    community_id   bigint not null,
    revision       bigint not null check (revision > 0),
    author         text collate "C" not null,
    kind           text collate "C" not null,
    model          text collate "C" not null,
    title          text not null,
    description    text not null,
    currency       text collate "C" not null,
    price          bigint not null check (price >= 0),
    deposit        bigint not null check (deposit >= 0),
    skip_remainder bigint not null, -- 1 when there is none
    unit           text collate "C" not null,
    zone           text collate "C" not null,
    remote_id      text collate "C" not null,
    created_at     timestamptz,
    updated_at     timestamptz,
    disabled_at    timestamptz,
    deleted_at     timestamptz,
    mirror_due     timestamptz -- when to push it to its mirror, or the end of a lease
);
-- Listings of a community, and of an author in it.
create index listings_community on listings (community_id, id) where deleted_at is null;
create index listings_author on listings (community_id, author, id) where deleted_at is null;
-- ClaimUnmirrored.
create index listings_mirror on listings (mirror_due) where mirror_due is not null;

-- Days that the author blocked. Their counters in resources are 0. The primary
-- key serves Calendar.
create table blocked_days (
    community_id bigint not null,
    listing_id   bigint not null,
    day          text collate "C" not null,
    primary key (community_id, listing_id, day)
);

-- Amounts are minor units of "asset". What is left stands in resources.
create table ads (
    id              bigint primary key,
    community_id    bigint not null,
    version         bigint not null check (version > 0),
    owner           text collate "C" not null,
    type            text collate "C" not null,
    asset           text collate "C" not null,
    fiat            text collate "C" not null,
    rate            bigint not null check (rate > 0),
    min_amount      bigint not null check (min_amount > 0),
    max_amount      bigint not null,
    total_amount    bigint not null check (total_amount > 0),
    payment_methods text collate "C" not null, -- separated by commas
    method_keys     text collate "C" not null, -- canonical, with a comma before and after each
    sealed_details  bytea not null,
    instructions    text not null,
    pay_minutes     bigint not null,
    single_offer    bigint not null, -- 1 for one open order at a time
    ends_at         timestamptz,
    status          text collate "C" not null,
    created_at      timestamptz,
    updated_at      timestamptz,
    constraint ads_range check (max_amount >= min_amount)
);
-- One active ad per owner and type decides every race; also ActiveAd.
create unique index ads_one_active on ads (community_id, owner, type) where status = 'active';
-- AdsOf.
create index ads_owner on ads (community_id, owner, created_at, id) where status <> 'closed';
-- PublicAds.
create index ads_public on ads (community_id, type, fiat) where status = 'active';
