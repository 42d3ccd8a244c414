-- Additive.
-- Who is running: each node writes its row every few seconds, and the console shows them. Nothing decides by it.
create table nodes (
    name text primary key,
    version text not null,
    roles text not null,
    address text not null,
    started_at bigint not null,
    seen_at bigint not null,
    spooled_bytes bigint not null,
    state text not null
);
