-- +goose Up

-- Kinds of e-mails that a user does not want.
create table mail_stops (
    community_id bigint not null,
    user_id      text collate "C" not null,
    kind         text collate "C" not null,
    stopped_at   timestamptz not null,
    primary key (community_id, user_id, kind)
);

-- Texts that a community has put in the place of ours, as JSON.
create table mail_templates (
    community_id bigint not null references communities (id),
    name         text collate "C" not null,
    template     text not null,
    primary key (community_id, name)
);

-- E-mails to a user are sent in their order.
create index mails_in_order on mails (community_id, user_id, at) where ended_at is null;
