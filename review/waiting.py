"""What waits for people in an area: blocks held, proposals and rulings that wait for a second person.

Reads `published` and the journal's proposals; decides nothing. How many rows one page shows is said there.
"""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg
from msgspec import Struct

from election import reasons, words
from election.block import WORDS, BlockState
from election.bundle import Bundle
from election.codes import NATION_CODE
from election.contest import ADM, Contest
from election.event import Figures
from election.rules import RULES
from election.rules.telling import tell
from identity.role import within
from review import rulings
from review.pen import answer_to
from review.rulings import Proposed
from storage.journal import Journal

SHOWN = 200
"""Rows of a list; nobody decides more at a sitting, and the next ones move up."""

WAITING = """
with said as (
    select distinct on (e.tps, l.block) e.tps, l.block, e.number, e.kind = 'correction_proposed' as proposed
    from journal.event e, lateral (select convert_from(e.leaf, 'UTF8')::jsonb ->> 'block' as block) l
    where e.journal = $1 and e.tps >= $2 and e.tps < $3 and e.kind in ('correction_proposed', 'correction_declined')
    order by e.tps, l.block, e.number desc
), waiting as (
    select b.*, coalesce(s.proposed, false) as proposed
    from published.block b left join said s on s.tps = b.tps and s.block = b.block and s.number > b.decision
    where b.contest = $1 and b.tps >= $2 and b.tps < $3 and b.state = 'held'
    union all
    select b.*, true from said s join published.block b on b.contest = $1 and b.tps = s.tps and b.block = s.block
    where s.proposed and s.number > b.decision and b.state <> 'held'
), weighed as (
    select tps, block, state, figures, read, reasons, at, proposed,
        case when block = 'administrasi' then -1
             else coalesce(figures[cardinality(figures)], read[cardinality(read)], 0) end as weight
    from waiting
)
select *, count(*) over () as total, min(at) over () as oldest from weighed order by weight desc, tps, block limit $4
"""
"""What is held is found by its own index (0011), what else waits by its proposal: the last word on a block since its
decision is a proposal, or its withdrawal by whoever declined it. The last figure of a block of votes, and of a party's
page, is their total: all that the block can weigh."""

COUNTS = """
select contest, count(*) as held, min(at) as oldest from published.block
where contest = any($1) and tps >= $2 and tps < $3 and state = 'held' group by contest
"""


class Because(Struct, frozen=True):
    """Why a block is held, in words."""

    code: str
    id: str
    en: str

    @property
    def rule(self) -> bool:
        """Whether the code is one that can be looked up in the catalogue."""
        return self.code in RULES


class Waiting(Struct, frozen=True):
    """One block that waits for a person, as the list shows it."""

    tps: str
    name: str
    place: str
    block: str
    block_words: words.Words
    state: str
    state_words: words.Words
    reasons: list[Because]
    votes: int | None  # what the block can weigh at most; None for administration
    proposed: bool  # a proposal waits for a second person


class Queue(Struct, frozen=True):
    """What waits in an area: at most `SHOWN` rows, the heaviest first, and how many there are."""

    rows: list[Waiting]
    total: int
    oldest: str  # stamp of the block that has waited longest; "" where nothing waits


def span(area: str) -> tuple[str, str]:
    """The first code within an area, and the first that lies behind it, as codes are sorted."""
    return ("", "~") if area == NATION_CODE else (area, area + "~")


async def held(pool: asyncpg.Pool, bundle: Bundle, key: str, area: str) -> Queue:
    """The blocks of contest `key` that wait in the area of kode `area`: votes before administration, large first."""
    rows = await pool.fetch(WAITING, key, *span(area), SHOWN)
    found = [_waiting(bundle, key, row) for row in rows]
    return Queue(found, rows[0]["total"] if rows else 0, rows[0]["oldest"] if rows else "")


async def counts(pool: asyncpg.Pool, keys: Sequence[str], area: str) -> dict[str, tuple[int, str]]:
    """Contest → how many blocks are held in the area, and the stamp of the one that has waited longest."""
    rows = await pool.fetch(COUNTS, list(keys), *span(area))
    return {row["contest"]: (row["held"], row["oldest"]) for row in rows}


async def proposals(pool: asyncpg.Pool, journal: Journal, area: str) -> list[Proposed]:
    """The rulings in the area that wait for a second person, the oldest first."""
    found = [rulings.proposed(entry) for entry in await journal.of_kinds({"ruling_proposed"})]
    inside = [one for one in found if one is not None and within(one.ruling.tps, area)]
    keys = {answer_to(one.number): one for one in inside}
    answered = await pool.fetch(
        "select key from journal.submission where journal = $1 and key = any($2)", journal.name, list(keys)
    )
    for (key,) in answered:
        del keys[key]
    return list(keys.values())


def _waiting(bundle: Bundle, key: str, row: asyncpg.Record) -> Waiting:
    at = bundle.tree.tps_index(row["tps"])
    contest, block = bundle.ballot(key, at), row["block"]
    said = [{block: tuple(row[name])} if row[name] else {} for name in ("figures", "read")]
    return Waiting(
        tps=row["tps"],
        name=bundle.tree.tps_nama(at),
        place=place(bundle, row["tps"]),
        block=block,
        block_words=words.block(contest, block),
        state=row["state"],
        state_words=state_words(BlockState(row["state"])),
        reasons=because(contest, row["reasons"] or (), *said),
        votes=None if block == ADM else row["weight"],
        proposed=row["proposed"],
    )


def state_words(state: BlockState) -> words.Words:
    """What a state is called: `Ditahan`, `held`."""
    return WORDS[state]["id"].capitalize(), WORDS[state]["en"]


def place(bundle: Bundle, tps: str) -> str:
    """Kelurahan, kecamatan, kabupaten of a TPS."""
    tree = bundle.tree
    return ", ".join(tree.nama(area) for area in reversed(tree.path(tree.tps_index(tps))[2:]))


def because(
    contest: Contest, codes: Iterable[str], figures: Mapping[str, Figures], read: Mapping[str, Figures]
) -> list[Because]:
    """Reason codes in words: broken rules with the record's figures, faults and people's reasons as they are called."""
    told = tell(contest, figures, machine=read) if figures else []
    said = []
    for code in codes:
        lines = [Because(code, t.id, t.en) for t in told if t.code == code]
        said += lines or [Because(code, *reasons.reason(code))]
    return said
