-- Takes away: deals and subscribers move into tables with versions, and programs that are older than this step find them no more.

-- Rights with versions: nodes ask for the version and read what is newer than what they know.

create table rights_version (id bigint primary key, version bigint not null);
insert into rights_version (id, version) values (1, 1);

-- Documents in JSON, by kind: title, collection, deal, plan, takedown, revocation. A deleted one stays for a while as a mark.
create table rights_documents (
    kind text collate binary not null,
    id text collate binary not null,
    body text not null,
    version bigint not null,
    deleted bigint not null,
    updated_ms bigint not null,
    primary key (kind, id)
);
create index rights_documents_version on rights_documents (version);
insert into rights_documents (kind, id, body, version, deleted, updated_ms) select 'deal', id, body, 1, 0, updated_ms from deals;
drop table deals;

create table rights_subscribers (
    id text collate binary primary key,
    body text not null,
    version bigint not null,
    deleted bigint not null,
    updated_ms bigint not null
);
create index rights_subscribers_version on rights_subscribers (version);
insert into rights_subscribers (id, body, version, deleted, updated_ms) select id, body, 1, 0, updated_ms from subscribers;
drop table subscribers;

-- Audit entries of changes, in the transaction of the change, until the log has them. A node claims a row while it tells the log.
create table rights_outbox (
    id bytea primary key,
    body text not null,
    claimed_until bigint not null
);
