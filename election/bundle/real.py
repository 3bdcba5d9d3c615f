"""The trees of real elections, from the files as they lie: `wilayah2024` and `pemilu2019`.

Pairs are named by their number only: a bundle needs no person's name to count.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from election.bundle.colors import COLORS
from election.bundle.columns import Column, joined, to_numbers, to_texts
from election.bundle.files import load, write
from election.bundle.model import Bundle, Holding, Manifest, Sheets
from election.bundle.parquet import BundleUnreadable
from election.bundle.real_dapil import ABROAD, districts, party_choices
from election.codes import NATION_CODE
from election.contest import Choice
from election.errors import Rejected
from election.region import AreaColumns, TpsColumns

AREAS_2024, TPS_2024 = "wilayah2024.csv.gz", "tps2024.parquet"
AREAS_2019, TPS_2019 = "wilayah_nodes.csv.gz", "ppwp_tps_two_sources.parquet"
DAPIL_2024 = "dapil2024"

DKI, ACEH = "31", "11"
"""Provinces of 2024 that do not hold every contest, or hold one with other parties; so does `ABROAD`."""


class UnknownSource(Rejected):
    """The directory holds no area files that are known here."""

    code = "bundle.unknown_source"
    advice: ClassVar[dict[str, str]] = {
        "id": "{path} tidak berisi {known}.",
        "en": "{path} has neither of: {known}.",
    }


def load_real(source: Path | str, out: Path | str) -> Bundle:
    """Write the bundle of a real election to `out` and load it; which one, the files in `source` say.

    Where `dapil2024` lies beside the tree of 2024, its dapil and parties come along.
    Raises UnknownSource, BundleUnreadable, BrokenReference.
    """
    source = Path(source)
    read = _reader(source)
    try:
        sheets = read(source)
    except (pa.ArrowException, msgspec.MsgspecError, OSError, EOFError, KeyError) as error:
        raise BundleUnreadable(path=source, why=error) from error
    write(Path(out), sheets)
    return load(out)


def _reader(source: Path) -> Callable[[Path], Sheets]:
    """What reads the files that lie there."""
    for read, files in ((_pemilu_2024, (AREAS_2024, TPS_2024)), (_pemilu_2019, (AREAS_2019, TPS_2019))):
        if all((source / file).is_file() for file in files):
            return read
    raise UnknownSource(path=source, known=f"{AREAS_2024} + {TPS_2024} (2024), {AREAS_2019} + {TPS_2019} (2019)")


def _pemilu_2024(source: Path) -> Sheets:
    areas, tps = _csv(source / AREAS_2024), pq.read_table(source / TPS_2024)
    columns = AreaColumns(
        kode=to_texts(areas["kode"]),
        tingkat=to_numbers(areas["tingkat"], np.int8),
        parent=to_texts(areas["parent"]),
        nama=to_texts(areas["nama"]),
        id=to_numbers(areas["id"], np.int64),
    )
    unknown = np.full(tps.num_rows, -1, np.int32)
    beside = source.parent / DAPIL_2024
    return Sheets(
        manifest=Manifest(name="Pemilu 2024", date="2024-02-14", contests=_contests_2024(beside)),
        areas=columns,
        tps=TpsColumns(
            kode=to_texts(tps["kode"]),
            nama=to_texts(tps["nama"]),
            parent=to_texts(tps["kel"]),
            id=to_numbers(tps["id"], np.int64),
        ),
        dpt_l=unknown,
        dpt_p=unknown,
        dapil=districts(beside, columns),
    )


def _contests_2024(beside: Path) -> tuple[Holding, ...]:
    """Abroad elects the president and the DPR only; DKI Jakarta has no DPRD of its cities (RULES.md §1)."""
    national, aceh = party_choices(beside)
    local = {ACEH: aceh} if aceh else {}
    return (
        Holding(key="ppwp", choices=_pairs("100025", "100026", "100027"), form="c_hasil_ppwp_2024"),
        Holding(key="pdpr", choices=national),
        Holding(key="pdpd", without=(ABROAD,)),
        Holding(key="pdprdp", choices=national, ballots=local, without=(ABROAD,)),
        Holding(key="pdprdk", choices=national, ballots=local, without=(ABROAD, DKI)),
    )


def _pemilu_2019(source: Path) -> Sheets:
    nodes, tps = _csv(source / AREAS_2019), pq.read_table(source / TPS_2019)
    nodes = nodes.filter(pc.not_equal(nodes["depth"], pa.scalar(NATION_CODE)))
    # The file writes parents as floats: 930128.0
    parent = pc.replace_substring_regex(nodes["parent_id"], r"\.0$", "")
    kelurahan = pc.cast(tps["kel_id"], pa.string())
    number = pc.utf8_lpad(pc.cast(tps["tps"], pa.string()), 3, "0")
    men, women = to_numbers(tps["dpt_l"], np.int32), to_numbers(tps["dpt_p"], np.int32)
    # The source writes -1 or two zeros where it has no list.
    known = (men >= 0) & (women >= 0) & (men + women > 0)
    return Sheets(
        manifest=Manifest(
            name="Pemilu 2019",
            date="2019-04-17",
            contests=(Holding(key="ppwp", choices=_pairs("1", "2")),),
        ),
        areas=AreaColumns(
            kode=to_texts(nodes["id"]),
            tingkat=to_numbers(nodes["depth"], np.int8),
            parent=to_texts(parent),
            nama=to_texts(nodes["name"]),
        ),
        tps=TpsColumns(
            kode=to_texts(_join(kelurahan, number, "")),
            nama=to_texts(_join(_constant("TPS", tps.num_rows), number, " ")),
            parent=to_texts(kelurahan),
        ),
        dpt_l=np.where(known, men, np.int32(-1)),
        dpt_p=np.where(known, women, np.int32(-1)),
    )


def _pairs(*ids: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=key, number=number, name=f"Paslon {number:02}", color=COLORS[number - 1])
        for number, key in enumerate(ids, start=1)
    )


def _csv(file: Path) -> pa.Table:
    """Every column as text: codes begin with zeros and contain letters."""
    names = pacsv.open_csv(file).schema.names
    options = pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return pacsv.read_csv(file, convert_options=options)


def _constant(text: str, n: int) -> Column:
    return pa.array([text]).take(np.zeros(n, np.int32))


def _join(left: Column, right: Column, between: str) -> Column:
    """Two columns of text, cell by cell."""
    return pc.binary_join_element_wise(joined(left), joined(right), between)
