-- How often rows were put right without an event that explains it: see docs/decisions/0004. A row keeps its number
-- then, so that whoever has passed that number must read everything anew.

create table published.repair (contest text primary key, count bigint not null);
