-- +goose Up

create table communities (
    id   integer primary key,
    name text not null
) strict;

create table settings (
    name  text primary key,
    value text not null
) strict;

-- Ids are handed out in blocks, so that no sequence is touched when writing.
create table id_blocks (
    name    text primary key,
    next_id integer not null check (next_id > 0)
) strict;
insert into id_blocks (name, next_id) values ('id', 1);

-- Amounts are minor units of "currency". Times are UTC text with six decimals
-- and a Z, so that text order is time order.
create table transactions (
    id                 integer primary key,
    community_id       integer not null,
    conversation_id    integer not null,
    process            text not null,
    gateway            text not null,
    revision           integer not null check (revision > 0),
    event_sequence     integer not null,
    state              text not null,
    entered_at         text,
    starter            text not null,
    author             text not null,
    buyer              text not null,
    seller             text not null,
    join_code          text not null,
    price              integer not null,
    currency           text not null,
    buyer_fee          integer not null,
    seller_fee         integer not null,
    facts              text not null,
    deadlines          text not null,
    authorized         integer not null check (authorized >= 0),
    captured           integer not null check (captured >= 0),
    held               integer not null check (held >= 0),
    released           integer not null check (released >= 0),
    refunded           integer not null check (refunded >= 0),
    fees               integer not null check (fees >= 0),
    booking_end        text,
    confirm_after_days integer not null,
    operation          text not null,
    listing_id         integer not null,
    listing_title      text not null,
    unit_price         integer not null,
    unit_currency      text not null,
    quantity           integer not null,
    payment_id         text not null,
    redirect_url       text not null,
    client_secret      text not null,
    intent_id          text not null,
    attention          text not null,
    created_at         text,
    updated_at         text,
    last_transition_at text,
    constraint transactions_balanced check (captured = released + refunded + fees + held)
) strict;
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
    transaction_id integer not null,
    revision       integer not null,
    token          integer not null,
    transition     text not null,
    from_state     text not null,
    to_state       text not null,
    actor          text not null,
    request_id     text not null,
    intent_id      text not null,
    note           text not null,
    at             text,
    primary key (transaction_id, revision)
) strict;

create table postings (
    transaction_id integer not null,
    revision       integer not null,
    line           integer not null,
    entry          integer not null,
    community_id   integer not null,
    kind           text not null,
    reverses       text not null,
    account        text not null,
    amount         integer not null check (amount <> 0),
    currency       text not null,
    at             text,
    primary key (transaction_id, revision, line)
) strict;

-- Guarded accounts only; all other balances are sums of postings.
create table accounts (
    community_id integer not null,
    account      text not null,
    currency     text not null,
    balance      integer not null,
    primary key (community_id, account, currency),
    constraint accounts_not_negative check (balance >= 0)
) strict;

create table timers (
    transaction_id integer not null,
    name           text not null,
    community_id   integer not null,
    state          text not null,
    due            text not null,
    attempts       integer not null,
    claimable_at   text not null, -- due, or the end of a lease
    primary key (transaction_id, name)
) strict;
create index timers_claimable on timers (claimable_at);

create table intents (
    id             text primary key,
    community_id   integer not null,
    transaction_id integer not null,
    gateway        text not null,
    transition     text not null,
    from_state     text not null,
    verb           text not null,
    actor_kind     text not null,
    actor_id       text not null,
    input          text not null,
    request_id     text not null,
    status         text not null,
    code           text not null,
    attempt        integer not null,
    due            text,
    created_at     text,
    updated_at     text
) strict;
create index intents_open on intents (due) where status = 'open';

create table events (
    transaction_id integer not null,
    sequence       integer not null check (sequence > 0),
    community_id   integer not null,
    type           text not null,
    data           text not null,
    at             text,
    delivered_at   text,
    primary key (transaction_id, sequence)
) strict;
create index events_undelivered on events (at) where delivered_at is null;

create table replies (
    scope          text not null,
    key            text not null,
    hash           text not null,
    community_id   integer not null,
    transaction_id integer not null,
    intent_id      text not null,
    status         integer not null,
    body           blob not null,
    at             text,
    primary key (scope, key)
) strict;

create table gateway_accounts (
    community_id integer not null,
    user_id      text not null,
    gateway      text not null,
    account_id   text not null,
    primary key (community_id, user_id, gateway)
) strict;

create table profiles (
    community_id      integer not null,
    user_id           text not null,
    email             text not null,
    first_name        text not null,
    last_name         text not null,
    country_code      text not null,
    terms_accepted_at text,
    terms_ip          text not null,
    primary key (community_id, user_id)
) strict;

create table inbox (
    id           integer primary key,
    gateway      text not null,
    dedupe_key   text not null,
    payment_id   text not null,
    code         text not null,
    body         blob not null,
    received_at  text,
    attempts     integer not null,
    claimable_at text not null,
    done         integer not null, -- 1 when applied
    note         text not null,
    constraint inbox_once unique (gateway, dedupe_key)
) strict;
create index inbox_open on inbox (claimable_at) where done = 0;

create table api_keys (
    id           text primary key,
    community_id integer not null references communities (id),
    name         text not null,
    mode         text not null,
    hash         text not null,
    scopes       text not null, -- separated by commas
    created_at   text,
    expires_at   text,
    revoked_at   text
) strict;
