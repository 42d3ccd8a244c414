-- Additive.
-- Rights: documents in JSON, read whole and replaced whole.
create table deals (
    id text primary key,
    body text not null,
    updated_ms bigint not null
);

create table subscribers (
    id text primary key,
    body text not null,
    updated_ms bigint not null
);
