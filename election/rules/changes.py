"""W512: what a decided record was changed to, held against what stood before, and against the plenaries above it.

A row is one change: a correction, a withdrawal, or a new version of a record. Finding changes in a journal is
`recap.screens`'s.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from election.rules.rule import RECORD, Line, Sheet, at_most, rule
from election.tally import Column, total

BEFORE, CHANGE = "before", "change"
"""Sources of what stands beside: `before:<choice>` the votes that stood, `change:minutes` how long before the next
D.Hasil, confirmation or determination of an area above; blank where none has followed."""

MANY: Final = 50
"""Votes that a change may move without a remark, however small the TPS."""

LATE: Final = 120
"""Minutes before a plenary above from which a change is late."""


@rule(
    "W512",
    block=RECORD,
    law="PKPU 5/2024 art. 5, 14; UU 7/2017 art. 372-374 (unverified)",
    text_id="Data TPS ini berubah: {left} suara pindah, atau perubahan kurang dari {right} menit sebelum pleno. "
    "Baca kembali riwayat dan fotonya.",
    text_en="This TPS was changed: {left} votes moved, or it was less than {right} minutes before a plenary. "
    "Read its history and its photos again.",
    needs="before, change: what stood before a change, and minutes until the next plenary above",
)
def changes_are_small_and_early(s: Sheet) -> Iterator[Line]:
    """a correction, withdrawal or new version moves at most 50 votes, or at most a tenth of those that stood (Σ over
    the choices |after − before|, nothing standing for a block that counts no more); and none comes in the 120 minutes
    before a D.Hasil, confirmation or determination of an area above it"""
    fields = s.contest.choice_fields
    if BEFORE in s.tallies.sources and fields:
        pairs = [(s[field], s[f"{BEFORE}:{field}"]) for field in fields]
        moved = total([Column(np.abs((a - b).values), a.given & b.given) for a, b in pairs])
        stood = total([before for _, before in pairs])
        yield at_most(moved, Column(np.maximum(MANY, stood.values // 10), moved.given), "moved")
    if CHANGE in s.tallies.sources:
        minutes = s[f"{CHANGE}:minutes"]
        yield at_most(Column(np.full(len(s.tallies), LATE, np.int64), minutes.given), minutes, "late")
