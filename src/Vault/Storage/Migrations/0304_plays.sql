-- Additive.
-- Plays, as players report them. A listener is a keyed hash of the subscriber's id. What a report needs of the deal stands here as it
-- was when the play came in: deals change, reports do not.

create table plays (
    listener bytea not null,
    play_id text collate binary not null,
    content_id text collate binary not null,
    owner_id text collate binary not null,
    release_id text collate binary,
    licensor text collate binary not null,
    started_ms bigint not null,
    received_ms bigint not null,
    played_ms bigint not null,
    completed bigint not null,
    offline bigint not null,
    quality text,
    country text,
    license_index bigint,
    license_id text,
    deal text,
    model text,
    primary key (listener, play_id)
);

create index plays_licensor on plays (licensor, started_ms);

-- What plays need of a deal, kept when the deal is gone: plays from offline devices come late.
create table play_deals (
    deal text collate binary primary key,
    licensor text collate binary not null,
    model text not null
);
