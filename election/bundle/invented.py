"""An election that never was: any size, from a seed. Real areas come from `real`."""

from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

import numpy as np
from msgspec import Struct

from election.bundle.dapil import Dapil
from election.bundle.files import load, write
from election.bundle.invented_abroad import ABROAD_OF_A_NATION, areas_abroad, tps_abroad
from election.bundle.invented_contests import holding
from election.bundle.invented_dapil import dapil_of, lists_of, seated
from election.bundle.invented_home import areas_at_home, tps_at_home, voters
from election.bundle.lists import Lists
from election.bundle.model import Bundle, Manifest, Sheets
from election.bundle.shape import SIZES, Shape, shape
from election.codes import Indices
from election.contest import CONTEST_TYPES
from election.errors import Rejected
from election.region import AreaColumns, TpsColumns

DATE = "2029-02-14"
DEFAULT_SEED = 2029
NATION = "NEGERI REKAAN"


class UnknownSize(Rejected):
    """No such named size or kind of contest."""

    code = "bundle.unknown_word"
    advice: ClassVar[dict[str, str]] = {
        "id": "{word} tidak dikenal; yang ada: {known}.",
        "en": "{word} is not known; there are: {known}.",
    }


def make(
    out: Path | str,
    *,
    seed: int = DEFAULT_SEED,
    size: str | None = None,
    provinsi: int | None = None,
    kabupaten: int | None = None,
    kecamatan: int | None = None,
    kelurahan: int | None = None,
    tps: int | None = None,
    abroad: int | None = None,
    contests: tuple[str, ...] = ("ppwp",),
    name: str | None = None,
    date: str = DATE,
) -> Bundle:
    """Write an invented election to the directory `out` and load it.

    Counts are totals of the whole election; the missing ones follow (see `shape.shape`). Without any the size is
    `demo`: one kabupaten with 240 TPS. `abroad` TPS come on top; a `nation` has 3,075 unless told otherwise.
    The same arguments always give the same bytes.

    Raises BadShape, UnknownSize.
    """
    wanted: tuple[int | None, ...] = (provinsi, kabupaten, kecamatan, kelurahan, tps)
    for key in contests:
        _known(key, CONTEST_TYPES)
    if size is not None:
        _known(size, SIZES)
    if size is not None or all(count is None for count in wanted):
        named = SIZES[size or "demo"]
        wanted = tuple(given if given is not None else usual for given, usual in zip(wanted, named, strict=True))
    if abroad is None:
        abroad = ABROAD_OF_A_NATION if size == "nation" else 0
    home = _home(seed, shape(wanted))
    away = [_away(seed, abroad)] if abroad else []
    holdings = tuple(holding(key, seed, home.areas, abroad=abroad > 0) for key in contests)
    dapil = dapil_of(holdings, home.areas, abroad=abroad > 0)
    manifest = Manifest(name=name or "Pemilihan rekaan", date=date, seed=seed, nation=NATION, contests=holdings)
    lists = lists_of(holdings, dapil, seed)
    write(Path(out), _sheets(manifest, [home, *away], seated(dapil, lists), lists))
    return load(out)


def _known(word: str, known: Collection[str]) -> None:
    if word not in known:
        raise UnknownSize(word=word, known=", ".join(known))


class _Part(Struct, frozen=True, eq=False):
    """Home or abroad."""

    areas: AreaColumns
    tps: TpsColumns
    voters: tuple[Indices, Indices]


def _home(seed: int, wanted: Shape) -> _Part:
    areas = areas_at_home(seed, wanted)
    return _Part(areas, tps_at_home(seed, wanted, areas), voters(seed, 6, wanted.tps))


def _away(seed: int, n: int) -> _Part:
    areas = areas_abroad(seed, n)
    return _Part(areas, tps_abroad(seed, n, areas), voters(seed, 10, n))


def _sheets(manifest: Manifest, parts: list[_Part], dapil: Dapil, lists: Lists) -> Sheets:
    areas, tps = [part.areas for part in parts], [part.tps for part in parts]
    return Sheets(
        manifest=manifest,
        areas=AreaColumns(
            kode=np.concatenate([a.kode for a in areas]),
            tingkat=np.concatenate([a.tingkat for a in areas]),
            parent=np.concatenate([a.parent for a in areas]),
            nama=np.concatenate([a.nama for a in areas]),
        ),
        tps=TpsColumns(
            kode=np.concatenate([t.kode for t in tps]),
            nama=np.concatenate([t.nama for t in tps]),
            parent=np.concatenate([t.parent for t in tps]),
        ),
        dpt_l=np.concatenate([part.voters[0] for part in parts]),
        dpt_p=np.concatenate([part.voters[1] for part in parts]),
        dapil=dapil,
        lists=lists,
    )
