-- Additive.
-- Rotation makes thousands of keys a day for one channel. Those are asked for by period, a few at a time, so they stand in
-- narrow indexes that begin with content and period; the wide one, which spares a look into the table, is for keys that are
-- not rotated.

drop index content_keys_content;
create index content_keys_content on content_keys (
    content_id, crypto_period, track, key_id, scheme, requested, iv, min_pixels, max_pixels, min_channels, max_channels,
    quality, data_key_id, sealed, created_at) where crypto_period < 0;

-- Still one key per question: the same columns in another order.
drop index content_keys_identity;
create unique index content_keys_identity on content_keys (content_id, crypto_period, track, scheme) where requested = 0;

-- Keys whose ids the packager chose, which the index above leaves out.
create index content_keys_requested on content_keys (content_id, crypto_period, track) where requested = 1 and crypto_period >= 0;

-- When the periods of a content begin, where that is known. Set once: an index must keep meaning the same time.
create table key_schedules (
    content_id text collate binary primary key,
    period_ms bigint not null,
    start_ms bigint not null
);
