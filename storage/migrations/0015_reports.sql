-- What people outside tell of a figure that differs from the paper. No sender, no address, nothing that leads to one.
-- A report is a figure of a record; whoever tells the same figure again adds a line to `sent`, not a second report.
-- What reviewers do about it is `step`. Whether it led to a correction is not kept: it is seen by what counts now.

create schema reports;

create table reports.report (
    id bigint generated always as identity primary key,
    contest text collate "C" not null,
    tps text collate "C" not null,
    version smallint not null,                   -- of the record, as it was shown to whoever reports
    field text collate "C" not null,
    value int not null check (value between 0 and 999),
    unique (contest, tps, version, field, value)
);

create table reports.sent (
    code text collate "C" primary key,           -- by which the sender asks what became of it
    report bigint not null references reports.report,
    stood int,                                   -- what counted when it was sent, null for nothing
    number bigint not null,                      -- of the journal, up to which the page said so
    note text check (length(note) <= 300),       -- for reviewers only
    at text not null
);
create index sent_of_report on reports.sent (report);

create table reports.step (
    report bigint not null references reports.report,
    kind text not null check (kind in ('seen', 'closed')),
    reason text,                                 -- of `election.report`, where closed
    account text not null,
    at text not null,
    primary key (report, kind)
);

-- The public side comes in as a role that can do nothing else. Where the migration may not make roles, whoever keeps
-- the database makes it beforehand (docs/reports.md).
do $$ begin
    create role suara_reports login connection limit 20;
exception when duplicate_object or unique_violation or insufficient_privilege then null;
end $$;
do $$ begin
    if exists (select from pg_roles where rolname = 'suara_reports') then
        grant usage on schema reports to suara_reports;
        grant select, insert on reports.report, reports.sent to suara_reports;
        grant select (report, kind, reason, at) on reports.step to suara_reports;
    end if;
end $$;
