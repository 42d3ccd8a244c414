-- Additive.
-- Keys that wrap content keys and decrypt no media: one for each track of a content, for good. A table of their own, so that no
-- question for content keys can ever find one. Sealed under data keys as content keys are. A program without this table
-- that rotates data keys stops where it would delete one that still has keys here; a newer one finishes.

create table entitlement_keys (
    key_id bytea primary key,
    content_id text collate binary not null,
    track text collate binary not null,
    data_key_id bytea not null references data_keys (data_key_id),
    sealed bytea not null,
    created_at bigint not null
);

create unique index entitlement_keys_identity on entitlement_keys (content_id, track);
create index entitlement_keys_data_key on entitlement_keys (data_key_id);
