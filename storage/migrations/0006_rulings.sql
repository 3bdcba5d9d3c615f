-- What rulings on records and areas allow: versions, withdrawals, confirmations, determinations. What is refused here
-- and what only the fold passes over: docs/state-machines.md. Why appending is one statement of index probes:
-- docs/decisions/0001-journal-append.md.

alter table journal.head add column ruled bigint not null default 0;  -- the last ruling on a whole record or an area
alter table journal.record_head add column kind text collate "C";     -- of the event that stands
update journal.record_head r set kind = e.kind from journal.event e where e.journal = r.journal and e.number = r.number;

-- Rare kinds are found without reading the journal; `storage.journal.RARE` names the same ones.
create index event_of_kind on journal.event (journal, kind, number) where kind in (
    'version_opened', 'block_withdrawn', 'recap_entered', 'area_confirmed', 'result_determined', 'dispute_opened',
    'dispute_moved', 'policy_adopted', 'ruling_proposed', 'ruling_declined');

-- Codes of the areas above a TPS, as `election.codes.above` has them.
create function journal.above(tps text) returns text[] language sql immutable parallel safe
    return array['0', left(tps, 2), left(tps, 4), left(tps, 6), left(tps, 10)];

-- Whether a draft's columns are those of its kind, and a ruling's leaf names what it is compared with. A leaf is
-- canonical JSON: what is sought cannot stand inside a string of it, and a field always follows.
create function journal.well_formed(kind text, tps text, block text, expect bigint, leaf bytea) returns boolean
language sql immutable parallel safe
return case
    when block is null then kind not in (
        'block_counted', 'block_held', 'block_corrected', 'block_withdrawn', 'version_opened', 'area_confirmed',
        'result_determined', 'policy_adopted', 'recap_entered', 'dispute_moved')
    when expect is null or position(decode('"replaces":' || expect::text || ',', 'escape') in leaf) = 0 then false
    when kind in ('block_counted', 'block_held', 'block_corrected', 'block_withdrawn')
        then block not in ('*', 'confirmed', 'determined', 'policy') and position(':' in block) = 0
    when kind = 'version_opened' then block = '*' and length(tps) > 10
    when kind = 'area_confirmed' then block = 'confirmed' and length(tps) <= 10
    when kind = 'result_determined' then block = 'determined' and length(tps) <= 10
    when kind = 'policy_adopted' then block = 'policy' and tps = '0'
    when kind = 'recap_entered' then starts_with(block, 'recap:')
    when kind = 'dispute_moved' then starts_with(block, 'dispute:')
    else false
end;

-- The last decision or version in an area after number `upto`, null where there is none. What closes an area closes
-- the sums that were seen, and none that came between. Of large areas `upto` is near the journal's end; of small ones
-- the records are few, and their last decision may be long ago.
create function journal.since(name text, area text, upto bigint) returns bigint language plpgsql stable as $$
begin
    if length(area) <= 2 then
        return (
            select max(x.number) from journal.event x
            where x.journal = name and x.number > upto and (area = '0' or starts_with(x.tps, area)) and x.kind in (
                'block_counted', 'block_held', 'block_corrected', 'block_withdrawn', 'version_opened'));
    end if;
    return (
        select max(x.number) from journal.record_head x
        where x.journal = name and x.tps > area and x.tps < area || '~' and x.number > upto and length(x.tps) > 10
            and position(':' in x.block) = 0);
end $$;

-- What stands in the way of a ruling that names the right one: the number of the event that forbids it, 0 where
-- there is none to name, null where nothing does. `own` and `own_kind` are the ruling that stands on the subject,
-- `whole` the record's last version, `ruled` the journal's last ruling on a whole record or an area.
create function journal.objection(
    name text, kind text, tps text, leaf bytea, own bigint, own_kind text, whole bigint, ruled bigint
) returns bigint language plpgsql stable as $$
declare
    determined bigint := 0;
    confirmed bigint := 0;
begin
    if kind in ('block_counted', 'block_held', 'block_corrected', 'block_withdrawn') then
        if ruled > whole then
            select coalesce(max(x.number) filter (where x.block = 'determined'), 0), coalesce(max(x.number), 0)
                into determined, confirmed
                from journal.record_head x
                where x.journal = name and x.tps = any (journal.above(objection.tps))
                    and x.block in ('confirmed', 'determined');
        end if;
        return case
            when determined > whole then determined
            when kind = 'block_withdrawn' and own <= whole then whole
            when kind in ('block_corrected', 'block_withdrawn') or own <= whole then null
            when own_kind in ('block_corrected', 'block_withdrawn') then own
            when own_kind = 'block_counted' and confirmed > own then confirmed
        end;
    elsif kind in ('area_confirmed', 'result_determined') then
        return journal.since(name, tps, (convert_from(leaf, 'UTF8')::jsonb ->> 'upto')::bigint);
    elsif kind = 'version_opened' then
        return (select own where (convert_from(leaf, 'UTF8')::jsonb ->> 'version')::bigint is distinct from 1 + coalesce((
            select (convert_from(x.leaf, 'UTF8')::jsonb ->> 'version')::bigint
            from journal.event x where x.journal = name and x.tps = objection.tps and x.number = own), 1));
    elsif kind = 'dispute_moved' then
        return (select 0 where not exists (
            select from journal.event x
            where x.journal = name and x.kind = 'dispute_opened' and x.tps = objection.tps
                and x.number = (convert_from(objection.leaf, 'UTF8')::jsonb ->> 'dispute')::bigint));
    end if;
    return null;
end $$;

-- As in 0001, and a fourth answer:
--   4 refused (the state of the record or area does not allow it; the number of what stands in the way, 0 for none)
-- A decision on a block names the block's last decision or the record's last version, whichever came later. A ruling
-- on a whole record or an area comes alone: what is judged beside it could not have seen it.
create or replace function journal.append(
    name text, keys bytea[], digests bytea[], kinds text[], tpss text[], blocks text[], expects bigint[],
    ats text[], leaves bytea[], hashes bytea[], payloads bytea[],
    out outcomes smallint[], out numbers bigint[], out size bigint, out prepared bigint, out span bigint
) language plpgsql
set enable_seqscan = off set plan_cache_mode = force_generic_plan
as $$
declare
    base bigint;
    fresh int;
    ruled bigint;
    alone boolean := blocks && array['*', 'confirmed', 'determined'];
begin
    if alone and cardinality(keys) > 1 then
        raise exception 'a ruling on a whole record or an area is appended alone' using errcode = 'check_violation';
    end if;
    if exists (
        select from unnest(kinds, tpss, blocks, expects, leaves) as d (kind, tps, block, expect, leaf)
        where not journal.well_formed(d.kind, d.tps, d.block, d.expect, d.leaf)
    ) then
        raise exception 'columns are not those of the kind and leaf' using errcode = 'check_violation';
    end if;
    select h.size, h.prepared, h.span, h.ruled into base, prepared, span, ruled
        from journal.head h where h.journal = name for update;
    if not found then
        raise exception 'journal % is not open', name using errcode = 'undefined_object';
    end if;

    -- Every statement of this function sees what was committed before the lock was ours.
    with draft as (
        select d.*, s.number as seen, s.digest as seen_digest,
            coalesce(r.number, 0) as own, r.kind as own_kind, coalesce(w.number, 0) as whole
        from unnest(keys, digests, kinds, tpss, blocks, expects, leaves) with ordinality
            as d (key, digest, kind, tps, block, expect, leaf, i)
        left join lateral (
            select x.number, x.digest from journal.submission x where x.journal = name and x.key = d.key limit 1
        ) s on true
        left join lateral (
            select x.number, x.kind from journal.record_head x
            where d.block is not null and x.journal = name and x.tps = d.tps and x.block = d.block limit 1
        ) r on true
        left join lateral (
            select x.number from journal.record_head x
            where ruled > 0 and starts_with(d.kind, 'block_')
                and x.journal = name and x.tps = d.tps and x.block = '*' limit 1
        ) w on true
    ), examined as (
        select *, greatest(own, whole) as decided,
            case when block is not null and seen is null and expect = greatest(own, whole)
                 then journal.objection(name, kind, tps, leaf, own, own_kind, whole, ruled) end as objection
        from draft offset 0  -- which keeps the planner from asking for the objection once for each use
    ), judged as (
        select i, seen, decided, objection,
            case when seen is not null then case when seen_digest is distinct from digest then 2 else 1 end
                 when block is not null and expect <> decided then 3
                 when objection is not null then 4
                 else 0 end as outcome
        from examined
    ), numbered as (
        select i, outcome,
            case outcome when 0 then base + count(*) filter (where outcome = 0) over (order by i)
                         when 3 then decided
                         when 4 then objection
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
    insert into journal.record_head (journal, tps, block, number, kind)
        select name, d.tps, d.block, d.number, d.kind
        from unnest(outcomes, numbers, kinds, tpss, blocks) as d (outcome, number, kind, tps, block)
        where d.outcome = 0 and d.block is not null
        on conflict (journal, tps, block) do update set number = excluded.number, kind = excluded.kind;
    update journal.head h set size = append.size, ruled = case when alone then append.size else h.ruled end
        where h.journal = name;
end $$;
