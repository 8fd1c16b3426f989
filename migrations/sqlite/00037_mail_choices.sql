-- +goose Up

-- Kinds of e-mails that a user does not want.
create table mail_stops (
    community_id integer not null,
    user_id      text not null,
    kind         text not null,
    stopped_at   text not null,
    primary key (community_id, user_id, kind)
) strict;

-- Texts that a community has put in the place of ours, as JSON.
create table mail_templates (
    community_id integer not null references communities (id),
    name         text not null,
    template     text not null,
    primary key (community_id, name)
) strict;

-- E-mails to a user are sent in their order.
create index mails_in_order on mails (community_id, user_id, at) where ended_at is null;
