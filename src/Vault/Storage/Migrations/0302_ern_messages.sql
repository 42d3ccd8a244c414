-- Additive.
-- Messages of licensors, kept as they came, and what each release is by the last of them.

create table ern_messages (
    sender text collate binary not null,
    message_id text collate binary not null,
    sha256 bytea not null,
    release_key text collate binary not null,
    created_ms bigint not null,
    received_ms bigint not null,
    packed bytea not null,
    primary key (sender, message_id)
);

create index ern_messages_release on ern_messages (sender, release_key, created_ms);

-- deals: the ids of the deals that the last message made, a line each. version goes up with each message.
create table ern_releases (
    release_id text collate binary primary key,
    message_id text collate binary not null,
    created_ms bigint not null,
    deals text not null,
    version bigint not null
);
