"""`suara plenary enter`, `report` and `blank` against a running system's servers."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine_scene import KEY, Night, engine_of, running, settled, truth_of
from recap_scene import AT, SUARA, corrected

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from recap.plenary.companion import companion
from storage.opened import Storage, open_storage
from suara.cli import main

if TYPE_CHECKING:
    from storage.settings import Settings

pytestmark = pytest.mark.servers


class House:
    """A small system: its bundle on disk, its servers, and the command as an operator calls it."""

    def __init__(self, folder: Path, settings: "Settings", capsys: Any) -> None:
        self.folder, self.settings, self.capsys = folder, settings, capsys
        self.bundle: Bundle = bundles.make(folder / "B", seed=7, kelurahan=3, tps=14)
        self.kelurahan = next(self.bundle.tree.kode(area) for area in self.bundle.tree.level(4))
        self.rows = range(14)[self.bundle.tree.tps_of(self.bundle.tree.area_index(self.kelurahan))]

    def run(self, *args: object) -> tuple[int, dict[str, Any]]:
        code = main(["plenary", *map(str, args), "--bundle", str(self.folder / "B"), "--json"])
        out = self.capsys.readouterr().out
        return code, json.loads(out) if out.startswith("{") else {"text": out}

    def with_engine(self, work: Callable[[Night], Any]) -> None:
        """Does `work` in a system that runs, and waits until everything is published."""

        async def inside() -> None:
            async with await open_storage(self.settings) as storage:
                engine = engine_of(self.bundle, storage, self.folder / "snapshots", takes=(companion,))
                async with running(engine):
                    await work(Night(self.bundle, storage))
                    await settled(storage, engine)
                    await _drained(storage, self.kelurahan)

        asyncio.run(inside())

    def document(self, **changed: int) -> Path:
        """The kelurahan's sheet as a file; fields of its first TPS, and of the total, changed by so much."""
        _, blank = self.run("blank", self.kelurahan)
        heading, *rows = list(csv.reader(io.StringIO(blank["text"])))
        fields = self.bundle.contest(KEY).fields
        figures = {self.bundle.tree.tps_kode(row): flat(self.bundle, row) for row in self.rows}
        figures[self.kelurahan] = {f: sum(values[f] for values in figures.values()) for f in fields}
        for of in (self.bundle.tree.tps_kode(self.rows[0]), self.kelurahan):
            for field, by in changed.items():
                figures[of][field] += by
        file = self.folder / "d.csv"
        with file.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(heading)
            writer.writerows([*row[:3], *(figures[row[1]][field] for field in heading[3:])] for row in rows)
        return file


async def _drained(storage: Storage, kode: str) -> None:
    """What was entered of a document has been judged."""
    async with asyncio.timeout(30):
        while True:
            entered = await storage.pool.fetchval("select count(*) from published.recap where kode = $1", kode)
            told = await storage.pool.fetchval("select entered from published.plenary where kode = $1", kode)
            wanted = len(
                {entry.event.of for entry in await storage.journal(KEY).of_kinds(["recap_entered"]) if entry.event}
            )
            if entered == wanted == (told or 0):
                return
            await asyncio.sleep(0.02)


def flat(bundle: Bundle, row: int) -> dict[str, int]:
    told = truth_of(bundle, KEY, row)
    fields = bundle.contest(KEY).blocks
    return {f: n or 0 for block, names in fields.items() for f, n in zip(names, told[block], strict=True)}


@pytest.fixture
def house(storage_settings: "Settings", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> House:
    monkeypatch.setenv("DATABASE_URL", str(storage_settings.database_url))
    monkeypatch.setenv("REDIS_URL", str(storage_settings.redis_url))
    return House(tmp_path, storage_settings, capsys)


async def _counted(night: Night) -> None:
    for row in range(14):
        await night.counted(row)


def test_a_document_is_entered_once_and_only_what_changed_again(house: House) -> None:
    house.with_engine(_counted)
    n = len(house.rows) + 1
    scan = house.folder / "d.pdf"
    scan.write_bytes(b"the scanned document")
    file = house.document(paslon_1=2)
    code, facts = house.run("enter", file, "--data", house.folder)
    assert (code, facts["entered"], facts["same"], facts["refused"]) == (0, n, 0, 0)
    assert facts["faults"] > 0, "E602: its votes are not its valid votes"
    code, facts = house.run("enter", file, "--data", house.folder)
    assert (code, facts["entered"], facts["same"]) == (0, 0, n)
    code, facts = house.run("enter", house.document(), "--data", house.folder)
    assert (facts["entered"], facts["same"], facts["faults"]) == (2, n - 2, 0)
    bad = house.folder / "bad.csv"
    blank = "," * len(house.bundle.contest(KEY).fields)
    bad.write_text(file.read_text() + f"{house.kelurahan},9999999999999,X{blank}\n")
    code, facts = house.run("enter", bad, "--data", house.folder)
    assert (code, facts["refused"], facts["entered"]) == (1, 1, 0), "with a refused row nothing is entered"


def test_the_report_says_which_tps_was_corrected_after_d_hasil(house: House) -> None:
    house.with_engine(_counted)
    house.run("enter", house.document(), "--data", house.folder)
    tps, true = house.bundle.tree.tps_kode(house.rows[0]), truth_of(house.bundle, KEY, house.rows[0])

    async def correct(night: Night) -> None:
        await _drained(night.storage, house.kelurahan)
        stands = await night.journal.decided(tps, SUARA)
        figures = tuple((n or 0) + (3 if j == 0 else 0) for j, n in enumerate(true[SUARA]))
        await night.send(corrected(tps, SUARA, stands, figures), expect=stands)

    house.with_engine(correct)
    kecamatan = house.bundle.tree.kode(int(house.bundle.tree.parent[house.bundle.tree.area_index(house.kelurahan)]))
    code, facts = house.run("report", "--area", kecamatan, "--out", house.folder / "P", "--data", house.folder)
    assert (code, facts["differing"][4], facts["differing"][5]) == (1, 1, 1)
    stations = list(csv.DictReader((house.folder / "P" / "stations.csv").open()))
    assert {(row["tps"], row["clue"], row["paslon_1"]) for row in stations if row["clue"] != "rule"} == {
        (tps, "column", "3"),
        (tps, "corrected", "3"),
    }
    page = (house.folder / "P" / "report" / f"{kecamatan}.html").read_text()
    assert house.bundle.tree.tps_nama(house.rows[0]) in page
    assert "dikoreksi sesudah D.Hasil dimasukkan" in page


def test_the_report_finds_the_held_tps_that_makes_the_difference(house: House) -> None:
    first, *rest = house.rows

    async def night_with_one_held(night: Night) -> None:
        for row in (row for row in range(14) if row != first):
            await night.counted(row)
        for block, figures in truth_of(house.bundle, KEY, first).items():
            event = ev.BlockHeld(
                tps=night.tps(first), at=AT, block=block, replaces=0, figures=figures, scans=(), reading=0, salt=None,
                read=None, reasons=("E404",), policy="p",
            )  # fmt: skip
            await night.send(event, expect=0)

    house.with_engine(night_with_one_held)
    file = house.document()
    heading, *rows = file.read_text().splitlines()
    file.write_text("\n".join([heading, rows[-1], ""]))  # the total alone: no column of a TPS says it
    house.run("enter", file, "--data", house.folder)
    house.with_engine(lambda night: asyncio.sleep(0))
    code, facts = house.run("report", "--area", house.kelurahan, "--out", house.folder / "P", "--data", house.folder)
    assert code == 1
    assert facts["origins"] == {"4 some_of": 1}
    assert rest, "the kelurahan has other TPS, which are not named"
