-- What the public may see, as tables: written by recap in one transaction a cut, read by publisher and review.
-- `number` is the number of the event that last changed a row (docs/decisions/0004).

create schema published;

create table published.cut (contest text primary key, number bigint not null, at text not null);

create table published.area (
    contest text, kode text, tingkat smallint, number bigint,
    tps int, tps_counted int, tps_held int, tps_waiting int, adm_counted int, adm_held int,
    totals bigint[],       -- Contest.fields order, counted blocks only
    held bigint[],         -- the same for the figures of held blocks
    residuals bigint[],    -- identity × (sum, sum of sizes, count), in the order of election.rules.identities
    primary key (contest, kode)
);
create index area_changed on published.area (contest, number);

create table published.block (
    contest text, tps text, block text,
    state text check (state in
        ('awaited', 'received', 'read', 'held', 'counted', 'verified', 'final', 'superseded', 'withdrawn')),
    number bigint,
    decision bigint,       -- number of the deciding event, 0 for none
    figures int[], read int[], reasons text[], warnings text[], at text,
    primary key (contest, tps, block)
);
create index block_changed on published.block (contest, number);

create table published.page (
    contest text, tps text, page smallint, number bigint,
    scan bigint,           -- number of the scan_received
    sha256 text, rendition text, state text, fault text, quality smallint, at text,
    primary key (contest, tps, page)
);
create index page_changed on published.page (contest, number);
