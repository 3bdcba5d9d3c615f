"""What stands beside the figures: the course of a count, what is held, the feed of corrections, pictures of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import stamp
from election.contest import SUARA
from publisher.chronicle import chart, feed, history
from publisher.chronicle.corrections import Changed, Correction
from publisher.chronicle.held import Held
from publisher.chronicle.history import Line, Point
from publisher.folder import Folder
from publisher.rows import Cut

BEGAN = datetime(2029, 2, 14, 6, tzinfo=UTC)
LINES = (Line(1, "Satu & Dua", "#1d4ed8"), Line(2, "Tiga <Empat>", "#b45309"))


def invented(folder: Path) -> Bundle:
    return bundles.make(folder, seed=2, provinsi=2, kabupaten=3, kecamatan=5, kelurahan=8, tps=20)


def point(minutes: int, number: int, corrected: int = 0) -> Point:
    at = stamp(BEGAN + timedelta(minutes=minutes))
    return Point(number, at, 100, min(number, 100), 0, (number, 2 * number), corrected)


def course(minutes: list[int]) -> history.History:
    found = history.History(history.VERSION, "ppwp", "0", "NEGERI", LINES)
    for number, minute in enumerate(sorted(minutes), 1):
        found = history.lengthened(found, point(minute, number))
    return found


@given(st.sets(st.integers(0, 20_000), min_size=1, max_size=120))
def test_a_course_keeps_its_ends_and_thins_with_age(minutes: set[int]) -> None:
    points = course(list(minutes)).points
    last = max(minutes)
    assert (points[0].number, points[-1].number) == (1, len(minutes))
    assert [one.number for one in points] == sorted(one.number for one in points)
    ages = [last - (datetime.fromisoformat(one.at) - BEGAN) // timedelta(minutes=1) for one in points[1:]]
    assert sum(6 * 60 <= age < 48 * 60 for age in ages) <= 42 * 6 + 1
    assert sum(age >= 48 * 60 for age in ages) <= max(0, last - 48 * 60) / 120 + 2
    recent = [one for one in minutes if last - one < 6 * 60]
    assert sum(age < 6 * 60 for age in ages) >= len(recent) - 1


def test_a_month_of_minutes_stays_a_small_document() -> None:
    points = [point(minute, minute + 1) for minute in range(0, 35 * 24 * 60)]
    kept = list(history.thinned(points))
    assert len(kept) < 1_100
    assert kept[-1] == points[-1]


def test_a_journal_made_anew_takes_its_points_with_it() -> None:
    found = history.lengthened(course([1, 2, 3]), point(4, 2))
    assert [one.number for one in found.points] == [1, 2]


def test_a_lost_or_damaged_course_begins_anew(tmp_path: Path) -> None:
    bundle, folder = invented(tmp_path / "bundle"), Folder(tmp_path / "public")
    ballot = bundle.contest("ppwp")
    assert history.known(folder, ballot, "0", "NEGERI").points == ()
    of = history.lengthened(history.begun(ballot, "0", "NEGERI"), point(1, 1))
    folder.keep(history.path("ppwp", "0"), msgspec.json.encode(of))
    assert history.known(folder, ballot, "0", "NEGERI") == of
    folder.write(history.path("ppwp", "0"), msgspec.json.encode(of)[:-20])
    assert history.known(folder, ballot, "0", "NEGERI").points == ()


@given(st.lists(st.integers(0, 5000), min_size=0, max_size=40, unique=True), st.booleans())
def test_pictures_are_well_formed_and_stay_inside(minutes: list[int], half: bool) -> None:
    for frame in (chart.WIDE, chart.NARROW):
        root = ElementTree.fromstring(chart.drawn(course(minutes), frame, half))
        assert not [name for one in root.iter() for name in one.attrib if name == "style" or name.startswith("on")]
        for one in root.iter("{http://www.w3.org/2000/svg}text"):
            assert 0 <= float(one.get("x", "0")) <= frame.width
            assert 0 <= float(one.get("y", "0")) <= frame.height


@given(st.lists(st.floats(20, 200), min_size=1, max_size=6))
def test_labels_never_cover_each_other(heights: list[float]) -> None:
    found = chart._apart(sorted(heights), 200)
    assert all(b - a >= chart.GAP - 1e-9 for a, b in pairwise(found))


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 19),
        st.sampled_from([SUARA, "administrasi"]),
        st.booleans(),
        st.lists(st.sampled_from(["E301", "E404", "read.uncertain"]), min_size=1, unique=True).map(tuple),
    ),
    max_size=60,
)


@given(st.data())
def test_what_is_held_is_what_a_plain_count_says(tmp_path_factory, data: st.DataObject) -> None:
    bundle = _bundle(tmp_path_factory)
    tree, held, now = bundle.tree, Held(bundle.tree), {}
    for row, block, is_held, reasons in data.draw(CHANGES):
        held.take([(tree.tps_kode(row), block, is_held, reasons)])
        now[row, block] = reasons if is_held else None
    standing = {key: reasons for key, reasons in now.items() if reasons is not None}
    for area in range(tree.level(4).start):
        inside = {key: why for key, why in standing.items() if area in tree.path(key[0])}
        told = held.told("ppwp", area, Cut(1, stamp(BEGAN)))
        assert told.blocks == len(inside)
        assert told.tps == sum(block == SUARA for _, block in inside)
        assert dict(told.by_reason) == Counter(code for why in inside.values() for code in why)
        if tree.tingkat(area) >= 2:
            assert [(one.tps, one.block) for one in told.records] == [
                (tree.tps_kode(row), block) for row, block in sorted(inside, key=lambda key: (key[0], key[1] != SUARA))
            ]
        else:
            assert sum(one.blocks for one in told.below) == len(inside)


_MADE: list[Bundle] = []


def _bundle(tmp_path_factory) -> Bundle:
    if not _MADE:
        _MADE.append(invented(tmp_path_factory.mktemp("held")))
    return _MADE[0]


def decided(number: int) -> Correction:
    changes = (Changed("paslon_1", 10, None), Changed("paslon_2", None, 7))
    return Correction(number, stamp(BEGAN), f"41010120010{number:02}", "block_corrected", SUARA, "misread", (), changes)


def test_pages_of_the_feed_are_the_same_however_they_came_about(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 4)
    folder, told = Folder(tmp_path), [decided(number) for number in range(1, 12)]
    for upto, new in ((3, 3), (4, 1), (11, 7)):
        feed.write_pages(folder, "ppwp", told[:upto], new)
    pages = {path: path.read_bytes() for path in (tmp_path / "v1/ppwp/corrections").iterdir()}
    assert [one["number"] for at in (1, 2, 3) for one in _page(tmp_path, at)] == list(range(1, 12))
    (tmp_path / feed.page_path("ppwp", 2)).write_bytes(b"{")
    (tmp_path / feed.page_path("ppwp", 1)).unlink()
    feed.write_pages(folder, "ppwp", told, len(told))
    assert {path: path.read_bytes() for path in pages} == pages
    latest = feed.latest("ppwp", told, 99, stamp(BEGAN))
    assert (latest.total, latest.pages, latest.corrections) == (11, 3, tuple(reversed(told)))


def _page(root: Path, number: int) -> list[dict]:
    return msgspec.json.decode((root / feed.page_path("ppwp", number)).read_bytes())["corrections"]


def test_one_wrong_clock_does_not_take_the_course_with_it() -> None:
    whole = course(list(range(1, 61)))
    behind = history.lengthened(whole, point(-24 * 60, 61))
    assert [one.number for one in behind.points][-3:] == [58, 59, 61]
    assert behind.points[-1].at == whole.points[-1].at
    ahead = history.lengthened(history.lengthened(whole, point(24 * 60, 61)), point(61, 62))
    assert ahead.points[-1].at == point(61, 62).at and 61 not in [one.number for one in ahead.points]


def test_atom_is_well_formed_and_its_ids_stand(tmp_path: Path) -> None:
    ballot = invented(tmp_path / "bundle").contest("ppwp")
    latest = feed.latest("ppwp", [decided(1), decided(2)], 2, stamp(BEGAN))
    root = ElementTree.fromstring(feed.atom(latest, ballot, "https://suara.example"))
    atom = "{http://www.w3.org/2005/Atom}"
    ids = [one.findtext(f"{atom}id") for one in root.iter(f"{atom}entry")]
    assert [one.rsplit("#", 1)[1] for one in ids if one] == ["2", "1"]
    assert "paslon_1: 10 → –" in (root.findtext(f"{atom}entry/{atom}summary") or "")
