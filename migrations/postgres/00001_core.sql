-- +goose Up

create table communities (
    id   bigint primary key,
    name text not null
);

create table settings (
    name  text collate "C" primary key,
    value text not null
);

-- Ids are handed out in blocks, so that no sequence is touched when writing.
create table id_blocks (
    name    text collate "C" primary key,
    next_id bigint not null check (next_id > 0)
);
insert into id_blocks (name, next_id) values ('id', 1);

-- Amounts are minor units of "currency". Only indexed columns that hardly ever
-- change keep updates inside their page (HOT); fillfactor leaves room for them.
create table transactions (
    id                 bigint primary key,
    community_id       bigint not null,
    conversation_id    bigint not null,
    process            text collate "C" not null,
    gateway            text collate "C" not null,
    revision           bigint not null check (revision > 0),
    event_sequence     bigint not null,
    state              text collate "C" not null,
    entered_at         timestamptz,
    starter            text collate "C" not null,
    author             text collate "C" not null,
    buyer              text collate "C" not null,
    seller             text collate "C" not null,
    join_code          text collate "C" not null,
    price              bigint not null,
    currency           text collate "C" not null,
    buyer_fee          bigint not null,
    seller_fee         bigint not null,
    facts              jsonb not null,
    deadlines          jsonb not null,
    authorized         bigint not null check (authorized >= 0),
    captured           bigint not null check (captured >= 0),
    held               bigint not null check (held >= 0),
    released           bigint not null check (released >= 0),
    refunded           bigint not null check (refunded >= 0),
    fees               bigint not null check (fees >= 0),
    booking_end        timestamptz,
    confirm_after_days bigint not null,
    operation          text collate "C" not null,
    listing_id         bigint not null,
    listing_title      text not null,
    unit_price         bigint not null,
    unit_currency      text collate "C" not null,
    quantity           bigint not null,
    payment_id         text collate "C" not null,
    redirect_url       text not null,
    client_secret      text not null,
    intent_id          text collate "C" not null,
    attention          text not null,
    created_at         timestamptz,
    updated_at         timestamptz,
    last_transition_at timestamptz,
    constraint transactions_balanced check (captured = released + refunded + fees + held)
) with (fillfactor = 75);
create unique index transactions_payment on transactions (gateway, payment_id) where payment_id <> '';
create index transactions_community on transactions (community_id, id);
create index transactions_buyer on transactions (community_id, buyer, id);
create index transactions_seller on transactions (community_id, seller, id);
-- Starter and author are nearly always one of the two above.
create index transactions_starter on transactions (community_id, starter, id) where starter <> buyer and starter <> seller;
create index transactions_author on transactions (community_id, author, id) where author <> buyer and author <> seller;

-- The primary key is what decides a race: a revision is made once. The token is
-- random per commit and tells its writer whether it was written.
create table transaction_log (
    transaction_id bigint not null,
    revision       bigint not null,
    token          bigint not null,
    transition     text collate "C" not null,
    from_state     text collate "C" not null,
    to_state       text collate "C" not null,
    actor          text not null,
    request_id     text not null,
    intent_id      text collate "C" not null,
    note           text not null,
    at             timestamptz,
    primary key (transaction_id, revision)
);

create table postings (
    transaction_id bigint not null,
    revision       bigint not null,
    line           bigint not null,
    entry          bigint not null,
    community_id   bigint not null,
    kind           text collate "C" not null,
    reverses       text collate "C" not null,
    account        text collate "C" not null,
    amount         bigint not null check (amount <> 0),
    currency       text collate "C" not null,
    at             timestamptz,
    primary key (transaction_id, revision, line)
);

-- Guarded accounts only; all other balances are sums of postings.
create table accounts (
    community_id bigint not null,
    account      text collate "C" not null,
    currency     text collate "C" not null,
    balance      bigint not null,
    primary key (community_id, account, currency),
    constraint accounts_not_negative check (balance >= 0)
);

create table timers (
    transaction_id bigint not null,
    name           text collate "C" not null,
    community_id   bigint not null,
    state          text collate "C" not null,
    due            timestamptz not null,
    attempts       bigint not null,
    claimable_at   timestamptz not null, -- due, or the end of a lease
    primary key (transaction_id, name)
);
create index timers_claimable on timers (claimable_at);

create table intents (
    id             text collate "C" primary key,
    community_id   bigint not null,
    transaction_id bigint not null,
    gateway        text collate "C" not null,
    transition     text collate "C" not null,
    from_state     text collate "C" not null,
    verb           text collate "C" not null,
    actor_kind     text collate "C" not null,
    actor_id       text collate "C" not null,
    input          jsonb not null,
    request_id     text not null,
    status         text collate "C" not null,
    code           text not null,
    attempt        bigint not null,
    due            timestamptz,
    created_at     timestamptz,
    updated_at     timestamptz
);
create index intents_open on intents (due) where status = 'open';

create table events (
    transaction_id bigint not null,
    sequence       bigint not null check (sequence > 0),
    community_id   bigint not null,
    type           text collate "C" not null,
    data           jsonb not null,
    at             timestamptz,
    delivered_at   timestamptz,
    primary key (transaction_id, sequence)
);
create index events_undelivered on events (at) where delivered_at is null;

create table replies (
    scope          text collate "C" not null,
    key            text collate "C" not null,
    hash           text collate "C" not null,
    community_id   bigint not null,
    transaction_id bigint not null,
    intent_id      text collate "C" not null,
    status         bigint not null,
    body           bytea not null,
    at             timestamptz,
    primary key (scope, key)
);

create table gateway_accounts (
    community_id bigint not null,
    user_id      text collate "C" not null,
    gateway      text collate "C" not null,
    account_id   text collate "C" not null,
    primary key (community_id, user_id, gateway)
);

create table profiles (
    community_id      bigint not null,
    user_id           text collate "C" not null,
    email             text not null,
    first_name        text not null,
    last_name         text not null,
    country_code      text collate "C" not null,
    terms_accepted_at timestamptz,
    terms_ip          text not null,
    primary key (community_id, user_id)
);

create table inbox (
    id           bigint primary key,
    gateway      text collate "C" not null,
    dedupe_key   text collate "C" not null,
    payment_id   text collate "C" not null,
    code         text collate "C" not null,
    body         bytea not null,
    received_at  timestamptz,
    attempts     bigint not null,
    claimable_at timestamptz not null,
    done         bigint not null, -- 1 when applied
    note         text not null,
    constraint inbox_once unique (gateway, dedupe_key)
);
create index inbox_open on inbox (claimable_at) where done = 0;

create table api_keys (
    id           text collate "C" primary key,
    community_id bigint not null references communities (id),
    name         text not null,
    mode         text collate "C" not null,
    hash         text collate "C" not null,
    scopes       text collate "C" not null, -- separated by commas
    created_at   timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz
);
