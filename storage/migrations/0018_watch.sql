-- What is seen to have changed without a cause, and who may write results. See docs/decisions/0010.

create schema watch;

-- A thing that differs, from when it was seen until it no longer was. `place` names a row, as people would look for it.
create table watch.finding (
    id bigint generated always as identity primary key,
    journal text not null, what text not null, place text not null,
    seen timestamptz not null default now(), ended timestamptz,
    closed boolean not null default false  -- by a person, who need not be told of the same thing again
);
create unique index finding_open on watch.finding (journal, what, place) where ended is null;

-- The transactions that wrote published rows as cuts do. A row whose last writer is none of them was written by
-- something else. `xid` has no order, and so no key; `id` is the same number.
create table watch.writer (contest text, id bigint, xid xid not null, primary key (contest, id));

insert into watch.writer
select contest, xid::text::bigint, xid from (
    select contest, xmin as xid from published.block
    union select contest, xmin from published.page
    union select contest, xmin from published.version
    union select contest, xmin from published.area
    union select contest, xmin from published.dapil) rows;
