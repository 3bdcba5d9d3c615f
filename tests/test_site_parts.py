"""Small parts of the pages: the map, scales, the search's files, turnout."""

from pathlib import Path

import pytest

from election import bundle as bundles
from election.contest import CONTEST_TYPES, Choice, Contest
from publisher.hemicycle import Bloc, seats
from publisher.ink import FOR_TEXT, contrast, readable
from publisher.rows import AreaRow
from publisher.shapes.area import Place
from publisher.site import search
from publisher.site.asked import ASKED, why
from publisher.site.bars import bars
from publisher.site.scale import scale
from publisher.site.tiles import ACROSS, GRID, tiles
from publisher.site.turnout import turnout
from publisher.told import Outcome

CHOICES = tuple(Choice(str(number), number, f"Pilihan {number}", "#ffff00") for number in range(1, 4))


def line(kode: str) -> dict[str, object]:
    return {"place": Place(kode, f"P {kode}", 1), "row": AreaRow(kode, 10, 5), "leader": None}


def test_every_province_has_a_place_of_its_own() -> None:
    spots = [(column, row) for column, row, *_ in GRID.values()]
    assert len(GRID) == 39 == len(set(spots))
    assert {1 <= column <= ACROSS and 1 <= row <= 7 for column, row in spots} == {True}
    letters = [two for *_, two in GRID.values()]
    assert len(set(letters)) == len(letters)


def test_other_provinces_get_tiles_in_the_order_of_the_table() -> None:
    found = tiles([line(f"{kode}") for kode in range(41, 80)])
    assert [(one.column, one.row) for one in found] == [(at % 12 + 1, at // 12 + 1) for at in range(39)]
    known = tiles([line("31"), line("11")])
    assert [(one.column, one.row) for one in known] == [(3, 6), (1, 1)]
    assert known[0].height == 50.0


@pytest.mark.parametrize("color", ["#ffff00", "#ffffff", "#1d4ed8", "none"])
def test_white_text_can_be_read_on_a_tile(color: str) -> None:
    made = readable(color)
    assert contrast(tuple(int(made[at : at + 2], 16) for at in (1, 3, 5))) >= FOR_TEXT


def test_the_law_draws_its_line_and_bars_fit() -> None:
    pairs, parties = Contest("ppwp", CHOICES), Contest("pdpr", CHOICES)
    found = bars(pairs, {"paslon_1": 60, "paslon_2": 30, "paslon_3": 10})
    half = scale(pairs, found, None)
    assert (half.top, half.at, half.length(found[0])) == (100, 50.0, 60.0)
    assert [scale(pairs, found, None, level).at for level in range(5)] == [50.0, 20.0, None, None, None]
    found = bars(parties, {"partai_1": 12, "partai_2": 11, "partai_3": 77})
    hurdle = {"hurdle": {"threshold": {"numerator": 1, "denominator": 25}}}
    drawn = scale(parties, found, Outcome(1, "", hurdle, {}))  # type: ignore[arg-type]
    assert (drawn.top, drawn.at) == (80, 5.0)
    assert max(drawn.length(bar) for bar in found) <= 100
    assert "4 %" in (drawn.words or ("", ""))[0]
    assert scale(parties, [], None).at is None


def test_every_place_is_found_by_each_word_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CROWDED", 3)
    tree = bundles.make(tmp_path, seed=4, provinsi=2, kabupaten=8, kecamatan=40, kelurahan=150, tps=300).tree
    files = dict(search.shards(tree))
    assert any(isinstance(found, dict) for found in files.values())
    for area in range(tree.level(3).start, tree.level(4).stop):
        for word in search.words(tree.nama(area)):
            found = files[word[:3]]
            if isinstance(found, dict):
                found = files[word[:4]] if len(word) > 3 else found["places"]
            assert tree.kode(area) in [kode for _, kode, _ in found], word
    assert {kode for _, kode, _ in search.upper(tree)} == {tree.kode(area) for area in range(1, tree.level(3).start)}


def test_names_are_words_as_people_type_them() -> None:
    assert search.words("KEC. SÃO-TOMÉ II, B 3") == ["kec", "sao", "tome", "ii"]


def test_turnout_says_whose_pages_it_is_of() -> None:
    totals = {f"{row}_{one}": value for row, value in (("pemilih_dpt", 200), ("pengguna_dpt", 150)) for one in "lpj"}
    found = turnout(Contest("pkwkp", CHOICES), totals, AreaRow("0", 9, adm_counted=4, adm_held=2))
    assert (found.tps, found.of, found.held) == (4, 9, 2)
    assert found.share == ("75,0 %",) * 3
    assert "DPPh" in found.rows[1].words[0]
    assert turnout(Contest("ppwp", CHOICES), {}, AreaRow("0", 9)).share[2] == "–"


@pytest.mark.parametrize("total", [1, 2, 4, 9, 13, 55, 120, 580])
def test_seats_of_an_assembly_do_not_cover_each_other(total: int) -> None:
    found = seats([Bloc("#000000", total, total // 2)])
    assert len(found) == total
    assert sum(seat.settled for seat in found) == total // 2
    apart = [((a.x - b.x) ** 2 + (a.y - b.y) ** 2) ** 0.5 for at, a in enumerate(found) for b in found[:at]]
    assert min(apart, default=99) >= 1.6 * found[0].r


def test_rules_that_hold_are_told_in_a_citizens_words() -> None:
    assert why("E301")[0].startswith("Tidak cocok: suara sah = ")
    assert why("mistyped")[0] == "Petugas salah ketik"
    assert set(ASKED) >= {f"E30{number}" for number in range(1, 8)}
    assert len(CONTEST_TYPES) == 7
