"""An earlier election held against the present one: shares of the choices, turnout and their change, area by area.

Shares are whole numbers of ten thousand, rounded half up, so that every program has the same. A change is told of a
choice only where the asker says which choice of now it is: names of parties are written in many ways.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from publisher.earlier.basis import RECOMPOSED, SAME, Based
from publisher.earlier.model import Earlier

WHOLE = 10_000
TURNOUT = "partisipasi"
Now = Mapping[str, Mapping[str, int]]
"""Code of an area → field → value."""


class Line(Struct, frozen=True):
    """One share of one area, in ten-thousandths; None where a side has none."""

    election: str
    contest: str
    source: str
    level: str
    kode: str
    nama: str
    basis: str
    field_then: str | None
    field_now: str | None
    votes_then: int | None
    votes_now: int | None
    share_then: int | None
    share_now: int | None

    @property
    def change(self) -> int | None:
        """Share now − share then, where both are known."""
        return None if self.share_then is None or self.share_now is None else self.share_now - self.share_then


def now(home: Path, level: str) -> dict[str, dict[str, int]]:
    """The present figures of a level, from the public file of the contest; {} where it has none."""
    file = home / f"{level}.parquet"
    if not file.exists():
        return {}
    return {row["kode"]: row for row in pq.read_table(file).to_pylist()}


def lines(
    earlier: Earlier, source: str, areas: Iterable[Based], present: Now, same: Mapping[str, str]
) -> Iterator[Line]:
    """Lines of every area that has figures then. `same`: field then → field now, as the asker says."""
    fields = [*earlier.choices]
    for one in areas:
        then = one.figures.get(source)
        if one.basis not in (SAME, RECOMPOSED) or not then:
            continue
        today = present.get(one.kode, {})
        head = (earlier.election, earlier.contest, source, one.level, one.kode, one.nama, one.basis)
        votes_then, votes_now = sum(then.get(f, 0) for f in fields), sum(v for f, v in today.items() if _choice(f))
        for field in fields:
            other = same.get(field)
            yield Line(*head, field, other, *_both(then, field, today, other, votes_then, votes_now))
        for field in sorted(f for f in today if _choice(f) and f not in same.values()):
            yield Line(*head, None, field, *_both(then, None, today, field, votes_then, votes_now))
        yield Line(*head, TURNOUT, TURNOUT, *_turnout(then, today))


def _choice(field: str) -> bool:
    stem, _, number = field.partition("_")
    return stem in ("paslon", "calon", "partai") and number.isdigit()


def _both(
    then: Mapping[str, int],
    before: str | None,
    today: Mapping[str, int],
    after: str | None,
    all_then: int,
    all_now: int,
) -> tuple[int | None, int | None, int | None, int | None]:
    a, b = then.get(before) if before else None, today.get(after) if after else None
    return a, b, share(a, all_then), share(b, all_now)


def _turnout(
    then: Mapping[str, int], today: Mapping[str, int]
) -> tuple[int | None, int | None, int | None, int | None]:
    """Who voted, of all on the list. Forms of 2019 as published have no row of voters: all votes stand for them."""
    a, b = then.get("pengguna_total_j", then.get("suara_total")), today.get("pengguna_total_j")
    return a, b, share(a, then.get("pemilih_dpt_j", 0)), share(b, today.get("pemilih_dpt_j", 0))


def share(part: int | None, whole: int) -> int | None:
    """`part` of `whole` in ten-thousandths, half up; None where there is nothing to divide by."""
    return None if part is None or whole <= 0 else (2 * WHOLE * part + whole) // (2 * whole)


def table(found: Iterable[Line]) -> pa.Table:
    """The lines as a table, with the change."""
    names = Line.__struct_fields__
    rows = [(*(getattr(line, name) for name in names), line.change) for line in found]
    texts = 9
    types = [pa.string()] * texts + [pa.int64()] * (len(names) - texts + 1)
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    return pa.table([pa.array(v, t) for v, t in zip(turned, types, strict=True)], names=[*names, "change"])
