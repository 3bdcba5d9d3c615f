-- The journals: events numbered without gaps in commit order, and what keeps a submission or a decision single.
-- Why it is one statement: docs/decisions/0001-journal-append.md.

create schema journal;

create table journal.head (
    journal text collate "C" primary key check (journal ~ '^[a-z][a-z0-9_]{0,30}$'),
    size bigint not null default 0 check (size >= 0),
    span bigint not null check (span > 0),        -- numbers a partition holds
    prepared bigint not null default 0            -- last number that has a partition
) with (fillfactor = 50);

create table journal.event (
    journal text collate "C" not null,
    number bigint not null check (number > 0),
    kind text collate "C" not null,
    tps text collate "C",
    block text collate "C",                       -- set for decisions only
    at text collate "C" not null,
    leaf bytea not null check (octet_length(leaf) between 1 and 4096),
    leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
    payload bytea,                                -- null where the leaf is the whole event
    primary key (journal, number)
) partition by list (journal);
create index event_of_record on journal.event (journal, tps, number);

-- One row a submission: the sender's id, the hash of what was sent, the number it got.
create table journal.submission (
    journal text collate "C" not null,
    key bytea not null check (octet_length(key) between 1 and 64),
    digest bytea check (octet_length(digest) = 32),
    number bigint not null check (number > 0),
    primary key (journal, key)
);

-- The last decision on each block, for compare-and-swap. A fold of journal.event, kept in the same transaction.
create table journal.record_head (
    journal text collate "C" not null,
    tps text collate "C" not null,
    block text collate "C" not null,
    number bigint not null,
    primary key (journal, tps, block)
) with (fillfactor = 70);

create function journal.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only' using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete on journal.event
    for each row execute function journal.refuse();
create trigger append_only before update or delete on journal.submission
    for each row execute function journal.refuse();
create trigger append_only_truncate before truncate on journal.submission
    for each statement execute function journal.refuse();
create trigger append_only_truncate before truncate on journal.event
    for each statement execute function journal.refuse();

-- Makes the partitions for the numbers up to `upto` and one span beyond. Readers and writers go on meanwhile:
-- attaching takes a weaker lock than creating in place, and the check spares the scan. Never called by an append.
create function journal.extend(name text, upto bigint) returns void language plpgsql as $$
declare
    h journal.head;
    part text;
begin
    perform pg_advisory_xact_lock(hashtextextended('journal.extend', 0));
    select * into h from journal.head where head.journal = name;
    while h.prepared < upto + h.span loop
        part := format('event_%s_%s', name, lpad((h.prepared / h.span)::text, 6, '0'));
        execute format('create table journal.%I (like journal.event including defaults including constraints)', part);
        execute format('alter table journal.%I add constraint own check (journal = %L and number > %s and number <= %s)',
                       part, name, h.prepared, h.prepared + h.span);
        execute format('create trigger append_only_truncate before truncate on journal.%I
                        for each statement execute function journal.refuse()', part);
        execute format('alter table journal.%I attach partition journal.%I for values from (%s) to (%s)',
                       'event_' || name, part, h.prepared + 1, h.prepared + h.span + 1);
        h.prepared := h.prepared + h.span;
    end loop;
    update journal.head set prepared = h.prepared where head.journal = name and head.prepared < h.prepared;
end $$;

-- Opens a journal; does nothing where it is open.
create function journal.open(name text, span bigint default 8388608) returns void language plpgsql as $$
begin
    if exists (select from journal.head where head.journal = name) then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('journal.extend', 0));
    insert into journal.head (journal, span) values (name, span) on conflict do nothing;
    if found then
        execute format('create table journal.%I (like journal.event including defaults including constraints)
                        partition by range (number)', 'event_' || name);
        execute format('create trigger append_only_truncate before truncate on journal.%I
                        for each statement execute function journal.refuse()', 'event_' || name);
        execute format('alter table journal.event attach partition journal.%I for values in (%L)', 'event_' || name, name);
        perform journal.extend(name, 0);
    end if;
end $$;

-- Appends a batch and answers for each draft in order: what became of it, and its number.
--   0 appended · 1 duplicate (the first one's number) · 2 conflict (same key, other digest; the first one's number)
--   3 stale (the block's last decision is another one; its number)
-- The caller sends no key twice and no block twice in one batch. Everything happens under the journal's head row,
-- inside one statement: no client has a turn between taking the lock and the commit.
create function journal.append(
    name text, keys bytea[], digests bytea[], kinds text[], tpss text[], blocks text[], expects bigint[],
    ats text[], leaves bytea[], hashes bytea[], payloads bytea[],
    out outcomes smallint[], out numbers bigint[], out size bigint, out prepared bigint, out span bigint
) language plpgsql
-- The plan is made once, perhaps while the tables are empty, and must still be right when they hold a nation:
-- hence no scans of tables, and below one index probe a draft (lateral, limit 1) instead of a join.
set enable_seqscan = off set plan_cache_mode = force_generic_plan
as $$
declare
    base bigint;
    fresh int;
begin
    select h.size, h.prepared, h.span into base, prepared, span from journal.head h where h.journal = name for update;
    if not found then
        raise exception 'journal % is not open', name using errcode = 'undefined_object';
    end if;

    -- Every statement of this function sees what was committed before the lock was ours.
    with draft as (
        select d.*, s.number as seen, s.digest as seen_digest, coalesce(r.number, 0) as decided
        from unnest(keys, digests, tpss, blocks, expects) with ordinality as d (key, digest, tps, block, expect, i)
        left join lateral (
            select x.number, x.digest from journal.submission x where x.journal = name and x.key = d.key limit 1
        ) s on true
        left join lateral (
            select x.number from journal.record_head x
            where d.block is not null and x.journal = name and x.tps = d.tps and x.block = d.block limit 1
        ) r on true
    ), judged as (
        select i, seen, decided,
            case when seen is not null then case when seen_digest is distinct from digest then 2 else 1 end
                 when expect is not null and expect <> decided then 3
                 else 0 end as outcome
        from draft
    ), numbered as (
        select i, outcome,
            case outcome when 0 then base + count(*) filter (where outcome = 0) over (order by i)
                         when 3 then decided
                         else seen end as number
        from judged
    )
    select array_agg(n.outcome::smallint order by i), array_agg(n.number order by i), count(*) filter (where n.outcome = 0)
        into outcomes, numbers, fresh
        from numbered n;

    size := base + fresh;
    if fresh = 0 then
        return;
    end if;

    insert into journal.submission (journal, key, digest, number)
        select name, d.key, d.digest, d.number
        from unnest(keys, digests, outcomes, numbers) as d (key, digest, outcome, number) where d.outcome = 0;
    insert into journal.event (journal, number, kind, tps, block, at, leaf, leaf_hash, payload)
        select name, d.number, d.kind, d.tps, d.block, d.at, d.leaf, d.hash, d.payload
        from unnest(outcomes, numbers, kinds, tpss, blocks, ats, leaves, hashes, payloads)
            as d (outcome, number, kind, tps, block, at, leaf, hash, payload) where d.outcome = 0;
    insert into journal.record_head (journal, tps, block, number)
        select name, d.tps, d.block, d.number
        from unnest(outcomes, numbers, tpss, blocks) as d (outcome, number, tps, block)
        where d.outcome = 0 and d.block is not null
        on conflict (journal, tps, block) do update set number = excluded.number;
    update journal.head h set size = append.size where h.journal = name;
end $$;
