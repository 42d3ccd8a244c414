-- Additive.
-- Legal holds: while one stands, nothing is erased or retired. A hold on one subscriber names the keyed hash.
create table audit_hold (name text primary key, handle bytea, reason text not null, placed_at bigint not null);

-- How far each webhook has been told.
create table audit_webhook (name text primary key, next_idx bigint not null);
