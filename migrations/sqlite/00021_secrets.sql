-- +goose Up

-- What an older release stored in the clear is found and sealed: these are empty otherwise.
create index transactions_in_clear on transactions (id) where (join_code <> '' and substr(join_code, 1, 7) <> 'sealed:'
    or redirect_url <> '' and substr(redirect_url, 1, 7) <> 'sealed:' or client_secret <> '' and substr(client_secret, 1, 7) <> 'sealed:');
create index intents_in_clear on intents (id) where substr(cast(input as text), 1, 2) = '{"';

-- Who is blocked by whom is asked from both sides.
create index blocks_blocked on blocks (community_id, blocked, user_id);
