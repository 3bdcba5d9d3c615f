-- Originals of photos: how far they are sealed, who has looked at one, what retention did. Private, and only added to.

create schema scans;

create table scans.sealer (
    contest text collate "C" primary key,
    number bigint not null check (number >= 0)  -- all photos that were looked at up to here are sealed
);

create table scans.opening (
    id bigint generated always as identity primary key,
    at text not null,
    account text not null,
    role text not null,
    contest text collate "C",
    tps text collate "C",
    sha256 text collate "C" not null check (sha256 ~ '^[0-9a-f]{64}$'),
    why text not null,                          -- a code of `storage.seal.openings.REASONS`
    refused text                                -- the reason code where it was not shown
);
create index opening_of on scans.opening (sha256);

create table scans.retention (
    id bigint generated always as identity primary key,
    at text not null,
    account text not null,
    rule text not null,                         -- a name of `election.retention.RULES`
    contest text collate "C" not null,
    upto bigint not null,                       -- number of the last event that was looked at
    originals bigint not null                   -- how many it met
);

create trigger append_only before update or delete on scans.opening for each row execute function journal.refuse();
create trigger append_only before update or delete on scans.retention for each row execute function journal.refuse();
create trigger append_only_truncate before truncate on scans.opening
    for each statement execute function journal.refuse();
create trigger append_only_truncate before truncate on scans.retention
    for each statement execute function journal.refuse();

-- The desk's list of pages that nobody can see until a validator outlines them.
create index page_hidden on published.page (contest, tps) where rendition is null and fault is not null;
