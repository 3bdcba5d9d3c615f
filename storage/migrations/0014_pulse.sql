-- A beat that travels to the standby as every cut does, so that its lag can be measured where it is read. `standby` is
-- which one beats, by its server's own number; `at` is its keeper's clock, which reads it again: one clock, no difference.

create table published.pulse (standby text primary key, beat bigint not null, at timestamptz not null);
