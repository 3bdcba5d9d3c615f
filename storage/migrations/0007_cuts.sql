-- What recapitulation publishes of every contest: versions, dapil, and totals that may run ahead of single records.
-- Written by recap alone, in the transaction of a cut; see 0002 and docs/decisions/0003.

-- `totals` is the number that areas and dapil stand at, `number` the one up to which every record's rows stand too.
-- They are the same except while a great many records have come at once: then totals are told first.
alter table published.cut add column totals bigint;
update published.cut set totals = number;

alter table published.block add column version int not null default 1;  -- of the record

alter table published.area
    add column fields_own boolean not null default false,  -- totals are in the order of the area's own ballot
    add column versions int not null default 0,            -- records with a version beyond the first
    add column final int not null default 0;               -- TPS whose votes block is final
comment on column published.area.totals is
    'counting blocks only, in the order of bundle.printed(contest).fields(area)';

-- A version of a record that no longer counts, as it stood when the next one began: `number`, `at`, `ground` and
-- `order_ref` are those of the ruling that began the next one.
create table published.version (
    contest text, tps text, version int, block text,
    state text, figures int[], number bigint, at text, ground text, order_ref text,
    primary key (contest, tps, version, block)
);
create index version_changed on published.version (contest, number);

create table published.dapil (
    contest text, dapil text, number bigint, tps int, tps_counted int,
    totals bigint[],       -- in the order of the fields of the dapil's ballot
    primary key (contest, dapil)
);
create index dapil_changed on published.dapil (contest, number);
