"""Files of earlier elections that outsiders have, read as they lie: 2019 on every level, public data of 2024.

Pairs are named by their number only. Nothing is corrected: a blank is no figure, and a nation whose file has no row
of its own is the sum of its provinces, of the fields that all of them have.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from election.codes import LEVELS, NATION_CODE
from election.errors import Rejected
from publisher.earlier.model import DAPIL, Earlier, Figures, Place, total

NATION = Place(NATION_CODE, LEVELS[0], "", "INDONESIA", NATION_CODE)
OFFICIAL = "sk"
"""The organiser's decision that determined the result; where there were two, with their numbers."""

PAIRS = {"pas1": "paslon_1", "pas2": "paslon_2", "sah": "suara_sah", "tsah": "suara_tidak_sah", "jum": "suara_total"}
"""Columns of 2019 after the name of their source."""

SOURCES_2019 = ("kpu", "kp", "rekap")


class NotKnown(Rejected):
    """The folder has none of the files that are known here."""

    code = "earlier.unknown_files"
    advice: ClassVar[dict[str, str]] = {
        "id": "{path} tidak berisi berkas pemilu yang dikenal: {known}.",
        "en": "{path} has no file of an earlier election that is known here: {known}.",
    }


class Unreadable(Rejected):
    """A file is not what its name says."""

    code = "earlier.unreadable"
    advice: ClassVar[dict[str, str]] = {"id": "{path} tidak terbaca: {why}", "en": "{path} cannot be read: {why}"}


def read(folder: Path) -> Earlier:
    """The election whose files lie in `folder`. Raises NotKnown, Unreadable."""
    for file, reader in READERS.items():
        if (folder / file).is_file():
            try:
                return reader(folder)
            except (OSError, EOFError, KeyError, ValueError, UnicodeDecodeError, msgspec.MsgspecError) as error:
                raise Unreadable(path=folder / file, why=error) from error
    raise NotKnown(path=folder, known=", ".join(READERS))


def _rows(file: Path) -> Iterator[dict[str, str]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _pemilu_2019(folder: Path) -> Earlier:
    """The tree of 2019 with the organiser's sums (`kpu`), the volunteers' (`kp`) and the official recap (`rekap`)."""
    places, figures = {NATION.key: NATION}, {}
    for row in _rows(folder / "wilayah_nodes.csv.gz"):
        if row["id"] != NATION_CODE:
            parent = row["parent_id"].removesuffix(".0")
            places[row["id"]] = Place(row["id"], LEVELS[int(row["depth"])], parent, row["name"])
    for row in _rows(folder / "rollup_all_levels.csv.gz"):
        figures[row["child_id"]] = _of_2019(row)
    return _with_nation("2019", "2019-04-17", _pairs(2), places, figures)


def _of_2019(row: dict[str, str]) -> Figures:
    """Figures by source; TPS and voters on the list stand in `child_raw`: id, name, TPS, men, women (−1: not known)."""
    found: Figures = {}
    for source in SOURCES_2019:
        named = {field: row.get(f"{source}_{name}", "") for name, field in PAIRS.items()}
        some = {field: int(value) for field, value in named.items() if value}
        if some:
            found[source] = some
    _, _, tps, men, women = msgspec.json.decode(row["child_raw"], type=tuple[int, str, int, int, int])
    known = {"tps": tps, "pemilih_dpt_l": men, "pemilih_dpt_p": women}
    if men >= 0 and women >= 0:
        known["pemilih_dpt_j"] = men + women
    found.setdefault("kpu", {}).update({field: value for field, value in known.items() if value >= 0})
    return found


def _ppwp_2024(folder: Path) -> Earlier:
    """The determined result of 2024 by province."""
    places, figures = {NATION.key: NATION}, {}
    for row in _rows(folder / "official_by_province.csv"):
        kode = row.pop("kode")
        places[kode] = Place(kode, LEVELS[1], NATION_CODE, row.pop("provinsi"), kode)
        *pairs, valid = row.values()
        told = {f"paslon_{n}": int(value) for n, value in enumerate(pairs, start=1)}
        figures[kode] = {OFFICIAL: told | {"suara_sah": int(valid)}}
    return _with_nation("2024", "2024-02-14", _pairs(3), places, figures)


def _dpr_2024(folder: Path) -> Earlier:
    """The determined result of the DPR in the dapil that the file has, and the parties' totals of the nation."""
    places, figures, numbers, nation = {NATION.key: NATION}, {}, {}, Figures()
    for row in _rows(folder / "national.csv"):
        field = f"partai_{row['nomor_urut']}"
        numbers[row["party"]] = field
        for source, value in row.items():
            if source.startswith(OFFICIAL):
                nation.setdefault(source, {})[field] = int(value)
    for row in _rows(folder / "votes_by_dapil_and_party.csv"):
        kode = row["kode_dapil"]
        places[kode] = Place(kode, DAPIL, NATION_CODE, row["dapil"], kode)
        told = {field: int(row[party]) for party, field in numbers.items()}
        figures[kode] = {OFFICIAL: told | {"kursi": int(row["kursi"]), "pemilih_dpt_j": int(row["dpt"])}}
    choices = {field: party for party, field in numbers.items()}
    return Earlier("2024", "pdpr", "2024-02-14", choices, places, figures | {NATION_CODE: nation})


def _sirekap_2024(folder: Path) -> Earlier:
    """Records of TPS of some provinces as Sirekap showed them, summed to every area. A blank counts as nothing."""
    table = pq.read_table(folder / "ppwp_tps.parquet")
    names = [name for name in table.column_names if name.startswith(FIGURES_2024)]
    places, figures = {NATION.key: NATION}, {}
    for level, (width, column) in enumerate(zip(WIDTHS, NAMES_2024, strict=True), start=1):
        named = table[column].cast(pa.string())
        keyed = table.append_column("area", pc.utf8_slice_codeunits(table["kode"], 0, width)).append_column("is", named)
        sums = keyed.group_by("area").aggregate([("is", "min"), *((name, "sum") for name in names)])
        for row in sums.to_pylist():
            kode, parent = row["area"], row["area"][: WIDTHS[level - 2]] if level > 1 else NATION_CODE
            places[kode] = Place(kode, LEVELS[level], parent, str(row["is_min"]), kode)
            figures[kode] = {"sirekap": {_pair(name): row[f"{name}_sum"] or 0 for name in names}}
    return Earlier("2024-sirekap", "ppwp", "2024-02-14", _pairs(3), places, figures)


WIDTHS = (2, 4, 6, 10)
"""Digits of a code of 2024, provinsi to kelurahan."""

NAMES_2024 = ("prov_nama", "kab_nama", "kec_nama", "kel_nama")
FIGURES_2024 = ("p1", "p2", "p3", "suara_", "pemilih_", "pengguna_")


def _pairs(count: int) -> dict[str, str]:
    return {f"paslon_{n}": f"Paslon {n:02}" for n in range(1, count + 1)}


def _pair(name: str) -> str:
    return f"paslon_{name[1:]}" if name[0] == "p" and name[1:].isdigit() else name


def _with_nation(
    election: str, date: str, choices: dict[str, str], places: dict[str, Place], figures: dict[str, Figures]
) -> Earlier:
    nation = total(figures[key] for key, place in places.items() if place.parent == NATION_CODE and key in figures)
    return Earlier(election, "ppwp", date, choices, places, figures | {NATION_CODE: nation})


READERS: dict[str, Callable[[Path], Earlier]] = {
    "rollup_all_levels.csv.gz": _pemilu_2019,
    "official_by_province.csv": _ppwp_2024,
    "votes_by_dapil_and_party.csv": _dpr_2024,
    "ppwp_tps.parquet": _sirekap_2024,
}
"""The file that tells which election lies in a folder → what reads it."""
