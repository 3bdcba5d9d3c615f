"""A D.Hasil entered at the desk: a form a column, sums checked when it is saved, compared with ours afterwards."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from review_scene import PDF, Desk, at_the_desk, hidden

from election import plenary as documents
from election.event import RecapEntered
from storage.settings import Settings

pytestmark = pytest.mark.servers

PPK = {"p": ("ppk", 3)}


def figures(desk: Desk, kode: str, times: int = 1, **instead: int) -> dict[str, int]:
    """What a column prints that breaks no sum of its own."""
    contest = documents.contest_of(desk.bundle, desk.key, desk.bundle.tree.area_index(kode))
    said = dict.fromkeys(contest.fields, 0)
    said |= {
        "paslon_1": 90,
        "paslon_2": 110,
        "paslon_3": 10,
        "suara_sah": 210,
        "suara_tidak_sah": 3,
        "suara_total": 213,
    }
    rows = ("pemilih_dpt", "pengguna_dpt", "pengguna_total")
    said |= {f"{row}_{x}": 213 for row in rows for x in "lj"}
    said |= {"surat_suara_diterima": 213, "surat_suara_digunakan": 213}
    return {field: times * value for field, value in said.items()} | instead


async def enter(desk: Desk, of: str, said: Mapping[str, object], on: int = 0, **more: object) -> tuple[int, str]:
    return await desk.post(f"/ppwp/area/{desk.area(3)}/plenary/{of}", on=on, **said, **more)


def test_a_document_is_entered_column_by_column(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        kode = desk.area(3)
        document = documents.document(desk.bundle, "ppwp", kode)
        await desk.sign_in("p")
        _, html = await desk.get(f"/ppwp/area/{kode}/plenary")
        assert f"Simpan kolom {document.columns[0].nama}" in html and "0 dari" in html
        for column in document.columns:
            status, html = await enter(desk, column.kode, figures(desk, column.kode), document=PDF)
            assert status == 200 and "✓ masuk" in html
        event = await desk.last()
        assert isinstance(event, RecapEntered)
        assert (event.tps, event.of, event.source, event.role) == (kode, document.columns[-1].kode, "entered", "ppk")
        assert event.figures["suara"] == (90, 110, 10, 210, 3, 213) and event.document is not None
        n = len(document.columns)
        _, html = await desk.get(f"/ppwp/area/{kode}/plenary")
        assert "Simpan kolom Jumlah" in html and f'data-columns="{n * 210}"' in html
        status, html = await enter(desk, kode, figures(desk, kode, n))
        assert status == 200 and f"{n + 1} dari {n + 1} kolom" in html

    at_the_desk(storage_settings, tmp_path, play, people=PPK)


def test_sums_that_do_not_agree_are_named_unless_the_paper_says_so(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        column = documents.document(desk.bundle, "ppwp", desk.area(3)).columns[0].kode
        wrong = figures(desk, column, suara_sah=211)  # Σ is 210
        await desk.sign_in("p")
        size = await desk.journal.size()
        status, html = await enter(desk, column, wrong)
        assert status == 409 and "211" in html and "centang" in html
        assert await desk.journal.size() == size
        assert 'name="suara_sah" inputmode="numeric" pattern="[0-9.]{1,12}" maxlength="12" value="211"' in html
        status, html = await enter(desk, column, wrong, as_printed="on")
        assert status == 200
        event = await desk.last()
        assert isinstance(event, RecapEntered) and event.figures["suara"][3] == 211

    at_the_desk(storage_settings, tmp_path, play, people=PPK)


def test_a_later_entry_replaces_the_one_it_has_seen_and_no_other(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        column = documents.document(desk.bundle, "ppwp", desk.area(3)).columns[0].kode
        said = figures(desk, column)
        await desk.sign_in("p")
        await enter(desk, column, said)
        first = await desk.journal.size()
        status, html = await enter(desk, column, said, on=0)
        assert status == 409 and "keputusan lain" in html
        _, html = await desk.get(f"/ppwp/area/{desk.area(3)}/plenary?of={column}")
        assert hidden(html, "on") == str(first) and 'value="210"' in html
        status, _ = await enter(desk, column, said, on=first)
        assert status == 200 and await desk.journal.size() == first + 1

    at_the_desk(storage_settings, tmp_path, play, people=PPK)


def test_figures_are_whole_numbers_and_a_blank_is_not_printed(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        column = documents.document(desk.bundle, "ppwp", desk.area(3)).columns[0].kode
        await desk.sign_in("p")
        for wrong in ("-1", "1e3", "1234567890", "٣", "12a"):
            said = figures(desk, column) | {"suara_total": wrong}
            status, html = await enter(desk, column, said, as_printed="on")
            assert status == 409 and "bilangan bulat" in html, wrong
        for on, (text, value) in enumerate((("1.234", 1234), ("", None), ("0", 0))):
            said = figures(desk, column) | {"suara_total": text}
            before = 0 if on == 0 else await desk.journal.size()
            status, html = await enter(desk, column, said, on=before, as_printed="on")
            assert status == 200, html
            assert (await desk.last()).figures["suara"][-1] == value

    at_the_desk(storage_settings, tmp_path, play, people=PPK)


def test_differences_are_shown_largest_first_with_a_way_down(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        kode = desk.area(3)
        column = documents.document(desk.bundle, "ppwp", kode).columns[0].kode
        await desk.storage.pool.executemany(
            "insert into published.difference values ('ppwp', $1, $2, 'E601', 'records', $3, $4, $5, 9)",
            [(kode, column, "paslon_1", 90, 95), (kode, column, "paslon_2", 110, 10)],
        )
        await desk.sign_in("p")
        _, html = await desk.get(f"/ppwp/area/{kode}")
        table = html.partition("h-dhasil")[2]
        assert table.index("<b>100</b>") < table.index("<b>5</b>") and f"/ppwp/area/{column}" in table
        _, html = await desk.get(f"/ppwp/area/{kode}/plenary?of={column}")
        assert "Berbeda dari jumlah kita" in html and f"/ppwp/area/{column}?urut=selisih" in html

    at_the_desk(storage_settings, tmp_path, play, people=PPK)


def test_whoever_held_no_plenary_there_enters_nothing(storage_settings: Settings, tmp_path: Path) -> None:
    async def play(desk: Desk) -> None:
        await desk.sign_in("far")
        size = await desk.journal.size()
        status, html = await enter(desk, desk.area(3), figures(desk, desk.area(3)))
        assert status == 409 and "di luar wilayah" in html
        await desk.sign_in("p")
        status, _ = await desk.post(f"/ppwp/area/{desk.area(2)}/plenary/{desk.area(2)}", on=0)
        assert status == 409
        status, html = await enter(desk, desk.area(3), {})
        assert status == 409 and "Belum ada satu angka pun" in html
        assert await desk.journal.size() == size

    at_the_desk(storage_settings, tmp_path, play, people=PPK)
