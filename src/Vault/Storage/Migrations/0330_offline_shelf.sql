-- Additive.
-- What devices keep for offline use. until_ms is 0 while a licence is being asked for. server_ms is the highest trusted time that the
-- device was told: its own clock must not lie before it.
create table offline_devices (
    account text not null,
    device text not null,
    server_ms bigint not null,
    checked_ms bigint not null,
    set_back bigint not null,
    primary key (account, device)
);

create table offline_items (
    account text not null,
    device text not null,
    content text collate binary not null,
    added_ms bigint not null,
    until_ms bigint not null,
    primary key (account, device, content)
);
