-- Additive.
-- The catalogue of music and podcasts: one document per item, of any kind, under an id that no other item has. What is asked for
-- stands in columns, the rest in the body (JSON). A removed item stays as a row without a body, so that every node hears of it.

create table catalogue_items (
    id text collate binary primary key,
    kind text collate binary not null,
    parent text collate binary,
    position bigint not null,
    licensor text collate binary,
    version bigint not null,
    changed bigint not null,
    updated_ms bigint not null,
    removed bigint not null,
    body text not null
);

create index catalogue_items_kind on catalogue_items (kind, id) where removed = 0;
create index catalogue_items_parent on catalogue_items (parent, kind, position, id) where removed = 0;
create index catalogue_items_changed on catalogue_items (changed, id);

-- What the world calls an item: UPC, GRid, ISRC, a feed's guid. A scope is who gave the name; empty where it is the whole world's.
create table catalogue_identifiers (
    kind text collate binary not null,
    scheme text collate binary not null,
    value text collate binary not null,
    scope text collate binary not null,
    id text collate binary not null,
    primary key (kind, scheme, value, scope)
);

create index catalogue_identifiers_id on catalogue_identifiers (id);

-- Which items name which: a track its recording, a recording its artists. What is named cannot be removed.
create table catalogue_links (
    target text collate binary not null,
    id text collate binary not null,
    primary key (target, id)
);

create index catalogue_links_id on catalogue_links (id);

-- Goes up with each commit and is locked until its end, so that numbers become visible in their order: a node that has read up
-- to one misses none below it.
create table catalogue_change (
    id bigint primary key,
    number bigint not null
);

insert into catalogue_change (id, number) values (1, 0);
