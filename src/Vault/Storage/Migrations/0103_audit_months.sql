-- Additive.
-- The times of the entries in each month's partition, and how far the months were looked through: a question about a time goes to the
-- partitions that may hold it. Empty on SQLite, which has no partitions.
create table audit_month (month bigint primary key, first_at bigint not null, last_at bigint not null, end_idx bigint not null);
