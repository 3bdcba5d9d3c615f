"""A file of D.Hasil taken apart: CSV, XLSX or Parquet to columns of documents, each row known or refused with a reason.

A row is one column of one document: `document` is the area whose plenary wrote it, `of` (or `kode`, or `kel_id` and
`tps`, or `child_id`) what the column is about: an area or TPS one level below, or the area itself for its total. Every
other column is a figure, by the names that `suara tally` knows. A file without `document` has one sum an area: that
is what the area printed as its total, and what the level above carries.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from election.bundle import Bundle
from election.bundle.columns import to_texts
from election.codes import TPS_LEVEL, Texts
from election.contest import Contest
from election.errors import Rejected
from election.region import Tree
from election.tally import ABSENT, Mask
from recap.plenary.sides import I64, level_of, parents
from recap.tally.columns import SOURCES, NoFigures, inferred, of_source, recognise
from recap.tally.count import whole
from recap.tally.reading import FileUnreadable, Refusal, Why, codes, figures_of, table

DOCUMENT, OF = "document", "of"


class NothingEntered(Rejected):
    """Not one row of the file can be used."""

    code = "plenary.nothing"
    advice: ClassVar[dict[str, str]] = {
        "id": "Tidak ada baris {file} yang dapat dipakai; alasan pertama: baris {row}, {reason}.",
        "en": "No row of {file} can be used; the first reason: row {row}, {reason}.",
    }


class Recap(Struct, frozen=True, eq=False):
    """The columns of documents that a file has, n of them; a sum without a document stands in it twice."""

    file: str
    contest: Contest  # with every choice that stands on any ballot
    source: str  # the prefix of its figures, "" where they have none
    fields: tuple[str, ...]
    named: bool  # whether the file says which document a sum is of; otherwise what is printed is what is carried
    document: I64  # int64[n]: place of the area whose document it is
    place: I64  # int64[n]: what the column is about
    figures: I64  # int64[n, k], ABSENT where blank
    rows: NDArray[np.int64]  # int64[n]: row of the file, from 1
    blank: I64  # places that have a row without any figure
    refused: tuple[Refusal, ...]

    def __len__(self) -> int:
        return len(self.place)

    @property
    def totals(self) -> Mask:
        """bool[n]: which are a document's own total."""
        return self.document == self.place

    def one_a_place(self) -> tuple[I64, I64]:
        """Places int64[m], ascending, and int64[m, k]: what is carried of each place, or where nobody carries it, what
        it printed itself."""
        order = np.lexsort((self.totals, self.place))
        place, first = np.unique(self.place[order], return_index=True)
        return place, self.figures[order[first]]


def read(
    file: Path,
    bundle: Bundle,
    key: str,
    source: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Recap:
    """The D.Hasil of a contest in a file; `source` names the figures by prefix, where there are several.

    Raises FileUnreadable, NoKey, NoFigures, UnknownSource, UnknownContest. Rows that cannot be used are in `refused`.
    """
    rows, tree = table(file), bundle.tree
    names = [OF_NAMES.get(name, name) for name in rows.column_names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileUnreadable(file=file, why=f"{', '.join(twice)}: 2×")
    rows = rows.rename_columns(names)
    sources = tuple(dict.fromkeys((*SOURCES, *([source] if source else []))))
    contest = inferred(whole(bundle, key), [(renamed or {}).get(name, name) for name in names], sources)
    known = recognise(names, contest, renamed, sources)
    if not known:
        raise NoFigures(file=file, contest=key, columns=", ".join(names))
    named = of_source(known, source)
    kodes = codes(rows, file)
    why: Why = {}
    place = _places(tree, kodes)
    document = _documents(tree, rows, place)
    _check_places(bundle, key, document, place, why)
    figures = np.stack([figures_of(rows[one.name], one.name, why) for one in named], axis=1)
    blank = (figures == ABSENT).all(axis=1)
    good = np.array([row not in why for row in range(len(place))], np.bool_)
    refused = tuple(Refusal(str(file), row + 1, kodes[row].decode(), *why[row]) for row in sorted(why))
    kept = np.flatnonzero(good & ~blank)
    recap = Recap(
        str(file), contest, named[0].source, tuple(one.field for one in named), DOCUMENT in names, document[kept],
        place[kept], figures[kept], kept + 1, place[good & blank], refused,
    )  # fmt: skip
    return recap if recap.named else _both(tree, recap)


OF_NAMES = {OF: "kode"}
"""What the layout calls the column of codes, and what files of records call it."""


def _places(tree: Tree, kodes: Texts) -> I64:
    """int64[n]: the place of each code, -1 for none. A TPS of 2019 and an area never share a code."""
    areas, tps = tree.area_codes.find(kodes), tree.tps_codes.find(kodes)
    return np.where(areas >= 0, areas, np.where(tps >= 0, tps + tree.n_areas, -1)).astype(np.int64)


def _documents(tree: Tree, rows: pa.Table, place: I64) -> I64:
    """int64[n]: the place of each row's document, -1 for none; where the file names none, the area itself or, of a TPS,
    its kelurahan."""
    if DOCUMENT in rows.column_names:
        return _places(tree, to_texts(rows[DOCUMENT].cast(pa.string())))
    above = parents(tree)[np.maximum(place, 0)]
    return np.where(place >= tree.n_areas, above, place).astype(np.int64)


def _check_places(bundle: Bundle, key: str, document: I64, place: I64, why: Why) -> None:
    tree = bundle.tree
    unknown, at = place < 0, np.maximum(place, 0)
    below = (document == place) | (parents(tree)[at] == document)
    holds = holding(bundle, key)
    pairs = document * (tree.n_areas + tree.n_tps) + place
    _, first = np.unique(pairs, return_index=True)
    again = np.ones(len(pairs), np.bool_)
    again[first] = False
    for reason, found in (
        ("recap.unknown_area", unknown),
        ("recap.unknown_document", (document < 0) | (document >= tree.n_areas)),
        ("recap.not_below", ~below),
        ("recap.not_held", ~holds[at]),
        ("recap.twice", again),
    ):
        for row in np.flatnonzero(found).tolist():
            why.setdefault(row, (reason, ""))


def holding(bundle: Bundle, key: str) -> Mask:
    """bool[places]: whether anyone votes in the contest there. An area of which no TPS is known may."""
    tree, held = bundle.tree, bundle.tps_holding(key)
    before = np.concatenate([[0], np.cumsum(held)])
    known = tree.tps_counts() == 0
    return np.concatenate([known | (before[tree.tps_stop] > before[tree.tps_start]), held])


def _both(tree: Tree, recap: Recap) -> Recap:
    """A file with one sum an area: each is its own total, and a column of the document above."""
    carried = np.flatnonzero((recap.place > 0) & (level_of(tree, recap.place) < TPS_LEVEL))
    at = np.concatenate([np.arange(len(recap)), carried])
    above = parents(tree)[recap.place[carried]].astype(np.int64)
    return replace(
        recap,
        document=np.concatenate([recap.document, above]),
        place=recap.place[at],
        figures=recap.figures[at],
        rows=recap.rows[at],
    )
