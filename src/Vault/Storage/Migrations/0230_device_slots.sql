-- Additive.
-- Devices that an account's licences went to. A slot that was given back still counts until its cool-down is over.
create table device_accounts (
    account text primary key,
    touched_ms bigint not null
);

create table device_slots (
    account text not null,
    device text not null,
    proven text,
    platform text,
    model text,
    first_ms bigint not null,
    last_ms bigint not null,
    proven_ms bigint not null,
    removed_ms bigint,
    primary key (account, device)
);
