-- Additive.
-- Private podcast feeds: one token per subscriber and show. The token itself is nowhere: its SHA-256 finds the row.

create table feed_access (
    id text collate binary primary key,
    show_id text collate binary not null,
    subscriber text collate binary not null,
    token_hash bytea not null unique,
    created_ms bigint not null,
    rotated_ms bigint not null,
    expires_ms bigint,
    revoked_ms bigint,
    noticed_ms bigint
);

create index feed_access_show on feed_access (show_id, id);

-- Where a token was used: a keyed hash of app, system and network, by day. No address can be told from it.
create table feed_devices (
    access_id text collate binary not null references feed_access (id),
    day bigint not null,
    device bytea not null,
    app text not null,
    first_ms bigint not null,
    last_ms bigint not null,
    fetches bigint not null,
    primary key (access_id, day, device)
);
