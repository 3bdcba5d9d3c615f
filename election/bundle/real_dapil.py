"""Dapil and parties of 2024, from the folder `dapil2024` where it lies beside the tree."""

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import msgspec
from msgspec import Struct

from election.bundle.colors import COLORS
from election.bundle.dapil import Dapil, District
from election.contest import Choice
from election.region import AreaColumns

DAPIL_FILE, PARTIES_FILE = "dapil_wilayah_2024.csv.gz", "parpol.json"

SEATS_FILE = Path("dpr2024") / "votes_by_dapil_and_party.csv"
"""Official votes of the DPR, whose `kursi` are the seats of its dapil; of the assemblies there is no such list."""

CONTEST_OF = {"DPR RI": "pdpr", "DPRD PROVINSI": "pdprdp", "DPRD KABUPATEN/KOTA": "pdprdk"}

ABROAD, ABROAD_DAPIL = "99", "3102"
"""DPR votes from abroad go to dapil DKI Jakarta II (E605)."""

ACEH_ONLY = range(18, 24)
"""Ballot numbers of the parties that stand in Aceh's own assemblies only (UU 11/2006 art. 75)."""

PARENT_OF = {6: 4, 10: 6}
"""Digits of a code of 2024 → digits of its parent's: kecamatan in kabupaten, kelurahan in kecamatan."""


class Party(Struct, frozen=True):
    """One row of the list of parties."""

    nomor_urut: int
    nama: str


def party_choices(folder: Path) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """Parties on the ballots of the nation, and on those of Aceh's assemblies; empty where the list is absent."""
    file = folder / PARTIES_FILE
    if not file.is_file():
        return (), ()
    parties = sorted(msgspec.json.decode(file.read_bytes(), type=list[Party]), key=lambda p: p.nomor_urut)
    choices = tuple(
        Choice(id=str(p.nomor_urut), number=p.nomor_urut, name=p.nama, color=COLORS[p.nomor_urut % len(COLORS)])
        for p in parties
    )
    return tuple(c for c in choices if c.number not in ACEH_ONLY), choices


def districts(folder: Path, areas: AreaColumns) -> Dapil:
    """Every dapil of 2024, or none where the file is absent.

    Where a dapil holds part of an area, the file has one row for the part (`is_pecah`) and one for each smaller
    area in it: the smaller ones are taken. Some codes of the file belong to another area of the same kabupaten by
    now (9601–9603 were numbered anew): where code and name disagree the name decides, and where neither is in the
    tree the row is kept and `check` names it.
    """
    file = folder / DAPIL_FILE
    if not file.is_file():
        return Dapil()
    resolve = _Codes(areas)
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["is_pecah"] != "True":
                key = CONTEST_OF[row["jenis_dapil"]], row["kode_dapil"], row["nama_dapil"]
                found[key].append(resolve.code(row["kode_wilayah"], row["nama"]))
    seats = _seats(folder.parent / SEATS_FILE)
    return Dapil(tuple(_district(*key, kodes, seats) for key, kodes in sorted(found.items())))


def _district(contest: str, kode: str, nama: str, areas: list[str], seats: dict[str, int]) -> District:
    dpr = contest == "pdpr"
    abroad = [ABROAD] if dpr and kode == ABROAD_DAPIL else []
    return District(contest, kode, nama, (*areas, *abroad), seats.get(kode, 0) if dpr else 0)


def _seats(file: Path) -> dict[str, int]:
    """Dapil of the DPR → seats, as far as the file has them."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["kode_dapil"]: int(row["kursi"]) for row in csv.DictReader(lines)}


class _Codes:
    """Codes of the tree by code and name, and by name within a parent."""

    def __init__(self, areas: AreaColumns) -> None:
        columns = (areas.kode.tolist(), areas.parent.tolist(), areas.nama.tolist())
        rows = [tuple(cell.decode() for cell in row) for row in zip(*columns, strict=True)]
        self._name_of = {kode: nama for kode, _, nama in rows}
        self._code_of = {(parent, nama): kode for kode, parent, nama in rows}

    def code(self, kode: str, nama: str) -> str:
        """The code in the tree of what the file calls `kode` and `nama`."""
        parent = PARENT_OF.get(len(kode))
        if parent is None or self._name_of.get(kode) == nama:
            return kode
        return self._code_of.get((kode[:parent], nama), kode)
