-- +goose Up

-- Amounts are minor units of "currency". What is free of a listing's stock and
-- days stands in resources, because deals reserve there.
create table listings (
    id             integer primary key,
    community_id   integer not null,
    revision       integer not null check (revision > 0),
    author         text not null,
    kind           text not null,
    model          text not null,
    title          text not null,
    description    text not null,
    currency       text not null,
    price          integer not null check (price >= 0),
    deposit        integer not null check (deposit >= 0),
    skip_remainder integer not null, -- 1 when there is none
    unit           text not null,
    zone           text not null,
    remote_id      text not null,
    created_at     text,
    updated_at     text,
    disabled_at    text,
    deleted_at     text,
    mirror_due     text -- when to push it to its mirror, or the end of a lease
) strict;
-- Listings of a community, and of an author in it.
create index listings_community on listings (community_id, id) where deleted_at is null;
create index listings_author on listings (community_id, author, id) where deleted_at is null;
-- ClaimUnmirrored.
create index listings_mirror on listings (mirror_due) where mirror_due is not null;

-- Days that the author blocked. Their counters in resources are 0. The primary
-- key serves Calendar.
create table blocked_days (
    community_id integer not null,
    listing_id   integer not null,
    day          text not null,
    primary key (community_id, listing_id, day)
) strict;

-- Amounts are minor units of "asset". What is left stands in resources.
create table ads (
    id              integer primary key,
    community_id    integer not null,
    version         integer not null check (version > 0),
    owner           text not null,
    type            text not null,
    asset           text not null,
    fiat            text not null,
    rate            integer not null check (rate > 0),
    min_amount      integer not null check (min_amount > 0),
    max_amount      integer not null,
    total_amount    integer not null check (total_amount > 0),
    payment_methods text not null, -- separated by commas
    method_keys     text not null, -- canonical, with a comma before and after each
    sealed_details  blob not null,
    instructions    text not null,
    pay_minutes     integer not null,
    single_offer    integer not null, -- 1 for one open order at a time
    ends_at         text,
    status          text not null,
    created_at      text,
    updated_at      text,
    constraint ads_range check (max_amount >= min_amount)
) strict;
-- One active ad per owner and type decides every race; also ActiveAd.
create unique index ads_one_active on ads (community_id, owner, type) where status = 'active';
-- AdsOf.
create index ads_owner on ads (community_id, owner, created_at, id) where status <> 'closed';
-- PublicAds.
create index ads_public on ads (community_id, type, fiat) where status = 'active';
