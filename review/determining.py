"""Penetapan at the desk: what a determination would close now, what is not final or still open, and the ruling it is.

What it does to the records below is `election.record`'s and the database's; that two people agree is `rulings`'.
"""

from collections.abc import Mapping, Sequence

import asyncpg
from msgspec import Struct

from election.contest import SUARA_TOTALS
from election.event import DESPITE, ResultDetermined
from election.words import Words, field, number
from review.errors import NothingCounted, Overtaken, StillOpen
from review.sent import Sent
from review.subject import AreaAt
from review.waiting import span

STANDING = """
select coalesce(c.totals, c.number) as upto, a.*,
    (select count(*) from published.difference d where d.contest = $1 and d.kode = $2) as differences,
    (select count(*) from published.block b where b.contest = $1 and b.tps >= $3 and b.tps < $4 and b.state = 'held'
        and b.block not in ('suara', 'administrasi')) as pages_held
from published.area a join published.cut c on c.contest = a.contest where a.contest = $1 and a.kode = $2
"""


class Standing(Struct, frozen=True):
    """An area's result at one cut: its totals, and what would be closed although it is open."""

    upto: int  # number of the cut
    totals: tuple[int, ...]  # in the order of the contest's common fields
    tps: int
    final: int  # TPS whose votes are final
    waiting: int  # TPS whose votes are not in
    held: int  # blocks of votes held
    pages_held: int  # of parties, whose votes are then in no total
    adm_held: int
    differences: int  # of its D.Hasil from our sums
    disputes: int  # not ended yet

    def shown(self, at: AreaAt) -> list[tuple[Words, int]]:
        """The votes among the totals, as a person reads them: choices that stand there, valid, invalid, all."""
        fields = zip(at.common, self.totals, strict=True)
        votes = (*at.contest.choice_fields, *SUARA_TOTALS)
        return [(field(at.contest, name), total) for name, total in fields if name in votes]

    @property
    def open(self) -> list[Words]:
        """What is not settled, in words; empty where all is."""
        told = (
            (self.waiting, "TPS belum masuk", "TPS not in"),
            (self.held, "blok suara ditahan", "blocks of votes held"),
            (self.pages_held, "halaman partai ditahan", "parties' pages held"),
            (self.adm_held, "blok administrasi ditahan", "blocks of administration held"),
            (self.differences, "selisih D.Hasil", "differences from the D.Hasil"),
            (self.disputes, "sengketa belum selesai", "disputes not ended"),
        )
        return [(f"{number(n)} {said_id}", f"{number(n)} {said_en}") for n, said_id, said_en in told if n]


async def standing(pool: asyncpg.Pool, at: AreaAt, disputes: int) -> Standing:
    """What stands now; `disputes` of the area or within it are open. Raises NothingCounted."""
    row = await pool.fetchrow(STANDING, at.key, at.kode, *span(at.kode))
    if row is None:
        raise NothingCounted(kode=at.kode)
    return Standing(
        upto=row["upto"],
        totals=totals(at, row["totals"]),
        tps=row["tps"],
        final=row["final"],
        waiting=row["tps_waiting"],
        held=row["tps_held"],
        pages_held=row["pages_held"],
        adm_held=row["adm_held"],
        differences=row["differences"],
        disputes=disputes,
    )


def totals(at: AreaAt, own: Sequence[int]) -> tuple[int, ...]:
    """An area's own totals as the common fields have them; a party that does not stand there has 0."""
    told: Mapping[str, int] = dict(zip(at.contest.fields, own, strict=True))
    return tuple(told.get(field, 0) for field in at.common)


def ruling(sent: Sent, at: AreaAt, now: Standing, replaces: int, sk: str, ba: str) -> ResultDetermined:
    """The determination of a form. `sk` and `ba` are the documents' SHA-256.

    Raises BadText, BadDate, and StillOpen where something is open and the form does not say why it comes all the same.
    """
    despite = sent.texts.get("despite", "")
    if now.open and despite not in DESPITE:
        raise StillOpen(what="; ".join(said for said, _ in now.open))
    return ResultDetermined(
        tps=at.kode,
        at="",
        replaces=replaces,
        number=sent.text("number", "Nomor SK"),
        date=sent.day("date", "SK"),
        sk=sk,
        ba=ba,
        upto=now.upto,
        totals=now.totals,
        roles=(),
        accounts=(),
        despite=despite if now.open else None,
    )


def still(proposed: ResultDetermined, now: Standing) -> None:
    """Whether what was proposed is still what would be closed. Raises Overtaken, StillOpen."""
    if proposed.totals != now.totals:
        raise Overtaken
    if now.open and proposed.despite is None:
        raise StillOpen(what="; ".join(said for said, _ in now.open))
