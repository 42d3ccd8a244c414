-- Additive on PostgreSQL.
-- Which journal file belongs to this log, and the size of the tree that is certainly durable: on SQLite the journal lies in a file of its own, into which the program moves it when the
-- log opens (JournalAdoption), with the counter; an older program would count on by itself. Empty on PostgreSQL.
create table audit_journal_file (id bigint primary key, lineage bytea not null, durable_idx bigint not null);
