-- Additive.
-- Packagers and their credentials. Times are UTC milliseconds. Patterns and systems are lines of text; an empty text is no limit.

create table packagers (
    name text collate binary primary key,
    patterns text not null,
    systems text not null,
    plain_keys bigint not null,
    rate bigint not null,
    certificate bytea,
    created_at bigint not null,
    revoked_at bigint
);

-- sealed holds what proves the credential: the hash of a random secret, or the secret itself where the protocol computes with it.
create table packager_credentials (
    credential_id bytea primary key,
    packager text collate binary not null references packagers (name),
    kind text not null,
    identifier text collate binary not null,
    sealed bytea not null,
    created_at bigint not null,
    expires_at bigint
);

create index packager_credentials_packager on packager_credentials (packager);

-- Goes up with each change, in its transaction: nodes ask for it and read the rest only when it moved.
create table packagers_version (
    id bigint primary key,
    version bigint not null
);

insert into packagers_version (id, version) values (1, 0);
