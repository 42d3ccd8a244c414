-- Additive.
-- The log. Entries arrive in audit_journal, one row per committed batch; one node at a time moves them into audit_entry
-- (made at start, partitioned by month on PostgreSQL) and into the tree.

-- The next free index: updated by every batch, so that indexes are dense and follow the order of commits.
create table audit_sequence (id bigint primary key, next_idx bigint not null);
insert into audit_sequence (id, next_idx) values (1, 0);

-- The last batch of each writer: a batch whose commit was in doubt is sent again and taken once.
create table audit_writer (writer bytea primary key, last_batch bigint not null, seen_at bigint not null);

create table audit_journal (first_idx bigint primary key, entries bigint not null, payload bytea not null);

-- The tree that has been built: its size and root, the month that entries are filed under, the lowest index still held.
create table audit_tree (id bigint primary key, size bigint not null, root bytea, month bigint not null, minimum_idx bigint not null);
insert into audit_tree (id, size, root, month, minimum_idx)
    values (1, 0, null, 0, 0);

-- C2SP tlog-tiles: up to 256 hashes of 32 bytes. Only the last tile of a level is short; its hashes are only ever added to.
create table audit_tile (level bigint not null, idx bigint not null, hashes bytea not null, primary key (level, idx));

-- Signed heads, by size.
create table audit_checkpoint (size bigint primary key, root bytea not null, signed_at bigint not null, note text not null, published bigint not null);
create index audit_checkpoint_published on audit_checkpoint (published, size);

-- One key per subscriber, found by a keyed hash. Erasing a person is deleting this row.
create table audit_subject (handle bytea primary key, wrapped bytea not null, created_at bigint not null);
