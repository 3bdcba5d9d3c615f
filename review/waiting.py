"""Which blocks wait for a person in an area: those held, and those with a proposal that waits for a second person.

Reads `published` and the journal's proposals; decides nothing.
"""

from collections.abc import Iterable, Mapping

import asyncpg
from msgspec import Struct

from election import reasons, words
from election.block import WORDS, BlockState
from election.bundle import Bundle
from election.contest import SUARA, Contest
from election.event import Figures
from election.rules import RULES
from election.rules.telling import tell

WAITING = """
with said as (
    select distinct on (e.tps, l.block) e.tps, l.block, e.number, e.kind = 'correction_proposed' as proposed
    from journal.event e, lateral (select convert_from(e.leaf, 'UTF8')::jsonb ->> 'block' as block) l
    where e.journal = $1 and e.kind in ('correction_proposed', 'correction_declined')
    order by e.tps, l.block, e.number desc
)
select b.tps, b.block, b.state, b.figures, b.read, b.reasons, coalesce(s.proposed, false) as proposed
from published.block b left join said s on s.tps = b.tps and s.block = b.block and s.number > b.decision
where b.contest = $1 and (b.state = 'held' or s.proposed)
"""
"""The last word on a block since its decision is a proposal, or its withdrawal by whoever declined it."""


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
    votes: int | None  # all votes as keyed, what a block of votes can weigh at most
    proposed: bool  # a proposal waits for a second person


async def held(pool: asyncpg.Pool, bundle: Bundle, contest: Contest, area: str) -> list[Waiting]:
    """The blocks of `contest` that wait in the area of kode `area`: votes before administration, large before small."""
    tree = bundle.tree
    span = tree.tps_of(tree.area_index(area))
    rows = await pool.fetch(WAITING, contest.key)
    inside = [row for row in rows if span.start <= tree.tps_index(row["tps"]) < span.stop]
    found = [_waiting(bundle, contest, row) for row in inside]
    return sorted(found, key=lambda w: (w.block != SUARA, -(w.votes or 0), w.tps))


def _waiting(bundle: Bundle, contest: Contest, row: asyncpg.Record) -> Waiting:
    said = [{row["block"]: tuple(row[name])} if row[name] else {} for name in ("figures", "read")]
    keyed = dict(zip(contest.blocks[row["block"]], row["figures"] or (), strict=False))
    votes = keyed.get("suara_total")
    return Waiting(
        tps=row["tps"],
        name=tps_name(bundle, row["tps"]),
        place=place(bundle, row["tps"]),
        block=row["block"],
        block_words=words.BLOCKS[row["block"]],
        state=row["state"],
        state_words=state_words(BlockState(row["state"])),
        reasons=because(contest, row["reasons"] or (), *said),
        votes=votes,
        proposed=row["proposed"],
    )


def state_words(state: BlockState) -> words.Words:
    """What a state is called: `Ditahan`, `held`."""
    return WORDS[state]["id"].capitalize(), WORDS[state]["en"]


def tps_name(bundle: Bundle, tps: str) -> str:
    """What the TPS is called: `TPS 012`."""
    return bundle.tree.tps_nama(bundle.tree.tps_index(tps))


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
