-- Additive.
-- Secrets of the hub itself (seeds and keys of other rooms), sealed under data keys as content keys are.

create table secrets (
    name text collate binary primary key,
    data_key_id bytea not null references data_keys (data_key_id),
    sealed bytea not null,
    created_at bigint not null
);
