-- Additive.
-- Content keys in custody. Times are UTC milliseconds; ids are 16 bytes in big-endian order.

create table data_keys (
    data_key_id bytea primary key,
    master_key text not null,
    wrapped bytea not null,
    created_at bigint not null,
    key_count bigint not null,
    retired_at bigint
);

create table content_keys (
    key_id bytea primary key,
    content_id text collate binary not null,
    track text collate binary not null,
    scheme bigint not null,
    crypto_period bigint not null,
    requested bigint not null,
    iv bytea,
    min_pixels bigint,
    max_pixels bigint,
    min_channels bigint,
    max_channels bigint,
    quality text,
    data_key_id bytea not null references data_keys (data_key_id),
    sealed bytea not null,
    created_at bigint not null
);

-- One key per question, where the packager did not choose the key id. crypto_period is -1 for keys that are not rotated,
-- because a null would be unlike every other null.
create unique index content_keys_identity on content_keys (content_id, track, scheme, crypto_period) where requested = 0;

-- Carries every column, so that a lookup by content id never touches the table.
create index content_keys_content on content_keys (
    content_id, crypto_period, track, key_id, scheme, requested, iv, min_pixels, max_pixels, min_channels, max_channels,
    quality, data_key_id, sealed, created_at);
