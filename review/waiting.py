"""Which blocks wait for a person in an area, those that weigh most first. Reads `published`; decides nothing."""

import asyncpg
from msgspec import Struct

from election import words
from election.bundle import Bundle
from election.contest import SUARA, Contest
from election.rules import RULES

HELD = """
select b.tps, b.block, b.figures, b.reasons, b.at
from published.block b where b.contest = $1 and b.state = 'held'
"""


class Waiting(Struct, frozen=True):
    """One held block, as the list shows it."""

    tps: str
    name: str
    place: str
    block: str
    block_words: words.Words
    reasons: tuple[dict[str, str], ...]
    votes: int  # all votes of the record as keyed, what this block can weigh at most
    at: str


async def held(pool: asyncpg.Pool, bundle: Bundle, contest: Contest, area: str) -> list[Waiting]:
    """The held blocks of `contest` in the area of kode `area`: votes before administration, large before small."""
    tree = bundle.tree
    span = tree.tps_of(tree.area_index(area))
    rows = await pool.fetch(HELD, contest.key)
    inside = [row for row in rows if span.start <= tree.tps_index(row["tps"]) < span.stop]
    found = [_waiting(bundle, contest, row) for row in inside]
    return sorted(found, key=lambda w: (w.block != SUARA, -w.votes, w.tps))


def _waiting(bundle: Bundle, contest: Contest, row: asyncpg.Record) -> Waiting:
    figures = dict(zip(contest.blocks[row["block"]], row["figures"] or (), strict=False))
    return Waiting(
        tps=row["tps"], name=tps_name(bundle, row["tps"]), place=place(bundle, row["tps"]),
        block=row["block"], block_words=words.BLOCKS[row["block"]],
        reasons=tuple(reason(code) for code in row["reasons"] or ()),
        votes=figures.get("suara_total") or 0, at=row["at"],
    )  # fmt: skip


def tps_name(bundle: Bundle, tps: str) -> str:
    """What the TPS is called: `TPS 012`."""
    return bundle.tree.tps_nama(bundle.tree.tps_index(tps))


def place(bundle: Bundle, tps: str) -> str:
    """Kelurahan, kecamatan, kabupaten of a TPS."""
    tree = bundle.tree
    return ", ".join(tree.nama(area) for area in reversed(tree.path(tree.tps_index(tps))[2:]))


FAULTS: dict[str, tuple[str, str]] = {
    "read.uncertain": ("Mesin tidak yakin membacanya", "The machine is not sure of its reading"),
    "reading.incomplete": ("Petugas belum mengisi semua angka", "The officer left numbers out"),
    "scan.no_page": ("Halaman formulir tidak ditemukan di foto", "No form page was found in the photo"),
    "scan.corner_missing": ("Sudut halaman tidak terlihat", "A corner of the page cannot be seen"),
    "scan.blurred": ("Foto terlalu buram", "The photo is too blurred"),
    "scan.wrong_form": ("Foto ini formulir lain", "The photo shows another form"),
    "scan.unreadable": ("Foto tidak dapat dibaca", "The photo cannot be read"),
}
"""Reasons that are no rules, in words."""


def reason(code: str) -> dict[str, str]:
    """A reason code in words: a rule's own text, or that of a fault."""
    if code in RULES:
        rule = RULES[code]
        return {"code": code, "id": rule.text_id, "en": rule.text_en}
    known = FAULTS.get(code, (code, code))
    return {"code": code, "id": known[0], "en": known[1]}
