"""The public documents of 2024, key for key: ours beside every verbatim one."""

import json
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.contest import ADM, SUARA, Choice, Contest
from election.region import AreaColumns, TpsColumns, Tree
from publisher import places, sirekap
from publisher.sirekap import Votes, pairs, persen, shape

PAIRS = Contest("ppwp", tuple(Choice(str(100024 + n), n, f"Pasangan {n}", "#8CB9BD") for n in (1, 2, 3)))


def documents(shared: Path) -> dict[str, object]:
    """Path → verbatim document."""
    root = shared / "data" / "sirekap_api"
    return {str(path.relative_to(root)): json.loads(path.read_bytes()) for path in sorted(root.rglob("*.json"))}


def ours(document: object) -> object:
    """What a reader of our document parses: through the encoder that writes it."""
    return json.loads(msgspec.json.encode(document))


def strict(value: object) -> object:
    """A value with its types and the order of its keys, so that 1 differs from 1.0 and a moved key from its place."""
    if isinstance(value, dict):
        return [(key, strict(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [strict(inner) for inner in value]
    return type(value).__name__, value


def contest_of(key: str, document: dict) -> Contest:
    """The contest whose choices a TPS document names."""
    ids = [choice for choice in document["chart"] or {} if choice != "null"]
    if key == "ppwp":
        return PAIRS
    return Contest(key, tuple(Choice(choice, n, "") for n, choice in enumerate(ids, 1)))


def rebuilt(key: str, document: dict) -> dict:
    """The document that our functions make of the figures in it."""
    contest = contest_of(key, document)
    known = document["administrasi"] or {}
    counted, keyed = {}, {SUARA: tuple(known.get(name) for name in contest.blocks[SUARA])}
    if document["status_adm"]:
        counted[ADM] = tuple(known.get(name) for name in contest.blocks[ADM])
    if document["status_suara"]:
        votes = {f: document["chart"].get(c.id) for f, c in zip(contest.choice_fields, contest.choices, strict=True)}
        counted[SUARA] = tuple({**known, **votes}.get(name) for name in contest.blocks[SUARA])
    return ours(pairs.tps(contest, counted, keyed, document["images"], document["ts"]))


def differences(key: str, document: dict) -> list[str]:
    """What our rebuilt document and the verbatim one have not in common."""
    made = rebuilt(key, document)
    if "mode" not in document:  # 885 of 2024 lack it, the 116 newest of the day carry it; ours always do
        assert made.pop("mode") == "hhcw"
    order = sorted if key == "pdpd" else list  # there the stray key stands last
    found = [name for name in {*made, *document} if name not in made or name not in document]
    if list(made) != list(document):
        found.append("order")
    for name in set(made) & set(document):
        pair = [strict(side[name]) for side in (made, document)]
        if name == "chart" and document["chart"] is not None:
            pair = [order(side) for side in pair]
        if pair[0] != pair[1]:
            found.append(name)
    return found


@pytest.mark.real
def test_every_tps_document_of_2024_is_rebuilt_from_its_figures(shared: Path) -> None:
    seen: Counter[str] = Counter()
    wrong = {}
    for path, document in documents(shared).items():
        parts = Path(path).parts
        if parts[:2] != ("pemilu", "hhcw") or len(parts) != 8:
            continue
        seen[parts[2]] += 1
        if found := differences(parts[2], document):
            wrong[path] = found
    assert wrong == {}
    assert seen == {"ppwp": 1001, "pdpd": 1}


@pytest.mark.real
@pytest.mark.parametrize("broken", ["psu", "ts", "images", "chart", "status_adm", "administrasi"])
def test_the_comparison_sees_a_missing_key(shared: Path, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = next(d for p, d in documents(shared).items() if p.endswith("1101012001001.json") and "ppwp" in p)
    whole = pairs.tps
    assert differences("ppwp", document) == []
    monkeypatch.setattr(pairs, "tps", lambda *a: {k: v for k, v in whole(*a).items() if k != broken})
    assert broken in differences("ppwp", document)


@pytest.mark.real
def test_the_nation_and_the_choices_of_2024_are_rebuilt(shared: Path) -> None:
    verbatim = documents(shared)
    nation = verbatim["pemilu/hhcw/ppwp.json"]
    # persen is all that is published of how far a provinsi is: a hundredth of a per cent of 10,000 TPS.
    children = [
        Votes(kode, _votes(child), round(child["persen"] * 100), 10_000) for kode, child in nation["table"].items()
    ]
    of = Votes("0", _votes(nation["chart"]), nation["progres"]["progres"], nation["progres"]["total"])
    assert strict(ours(pairs.area(of, children, nation["ts"]))) == strict(nation)

    listed = verbatim["pemilu/ppwp.json"]
    choices = tuple(Choice(key, c["nomor_urut"], c["nama"], c["warna"]) for key, c in listed.items())
    made = sirekap.choices(Contest("ppwp", choices), listed["100025"]["ts"])
    assert strict(ours(made)) == strict(listed)


def _votes(document: dict) -> dict[str, int]:
    return {choice.id: document[choice.id] for choice in PAIRS.choices}


@pytest.mark.real
def test_every_list_of_areas_and_every_path_is_that_of_2024(shared: Path) -> None:
    verbatim = documents(shared)
    lists = [path for path in verbatim if path.startswith("wilayah/")]
    tree = tree_of(verbatim)
    where = {places.wilayah(tree, area): area for area in range(tree.n_areas)}
    for path in lists:
        made = ours(sirekap.children(tree, where[path]))
        assert all(strict(line) in strict(made) for line in verbatim[path])
        assert len(made) == len(verbatim[path])
    paths = set(where) | {places.aggregate(tree, "ppwp", area) for area in range(tree.n_areas)}
    paths |= {places.tps(tree, key, row) for key in ("ppwp", "pdpd") for row in range(tree.n_tps)}
    assert set(verbatim) - paths == {"pemilu/ppwp.json"}
    assert len(lists) == 6


LEVELS = {2: 1, 4: 2, 6: 3, 10: 4, 13: 5}
"""Digits of a code → level."""


def tree_of(verbatim: dict[str, object]) -> Tree:
    """The tree of every area and TPS that the verbatim documents name, by the folders that they lie in."""
    nodes: dict[str, tuple[str, str, int]] = {}  # code → parent, name, id
    for path, document in verbatim.items():
        parts = path.removesuffix(".json").split("/")[3:]
        codes = [] if parts == ["0"] else parts
        for above, kode in zip(["0", *codes], codes, strict=False):
            nodes.setdefault(kode, (above, kode, -1))
        for line in document if isinstance(document, list) else []:
            nodes[line["kode"]] = ((codes or ["0"])[-1], line["nama"], line["id"])
    for named in list(nodes):  # the tree wants every area to reach down to a TPS; those only named get an invented one
        parents, kode = {parent for parent, _, _ in nodes.values()}, named
        while len(kode) < 13 and kode not in parents:
            below = kode + "z" * {2: 2, 4: 2, 6: 4, 10: 3}[len(kode)]
            nodes[below] = (kode, below, -1)
            kode = below
    areas = [(k, LEVELS[len(k)], *node) for k, node in nodes.items() if len(k) < 13]
    tps = [(k, *node) for k, node in nodes.items() if len(k) == 13]
    kode, tingkat, parent, nama, ids = zip(*areas, strict=True)
    tps_kode, tps_parent, tps_nama, tps_ids = zip(*tps, strict=True)
    columns = AreaColumns.of(kode, tingkat, parent, nama)
    rows = TpsColumns.of(tps_kode, tps_nama, tps_parent)
    return Tree.build(
        AreaColumns(columns.kode, columns.tingkat, columns.parent, columns.nama, np.array(ids)),
        TpsColumns(rows.kode, rows.nama, rows.parent, np.array(tps_ids)),
    )


@pytest.mark.real
def test_every_image_address_of_2024_has_the_shape_of_ours(shared: Path) -> None:
    """Rebuilt from the time and the identifier in it; only the four digits that spread the TPS are our own."""
    verbatim = documents(shared)
    tree = tree_of(verbatim)
    compared = 0
    for path, document in verbatim.items():
        if not path.startswith("pemilu/hhcw/") or path.count("/") < 7:
            continue
        row = tree.tps_index(Path(path).stem)
        for address in filter(None, document["images"]):
            date, time, uuid = address.rsplit("/", 1)[1].removesuffix(".jpg").split("-", 3)[1:]
            clock = f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}+07:00"
            digest = uuid.removeprefix("-").replace("-", "") + "0" * 32
            made = places.image(tree, path.split("/")[2], row, clock, digest)
            assert made.split("/", 1)[1] == address.split("/", 4)[4]
            assert len(made.split("/", 1)[0]) == 4
            compared += 1
    assert compared > 2000


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_how_far_a_count_is_lies_between_nothing_and_all(counted: int, more: int) -> None:
    assert isinstance(persen(counted, counted + more), float)
    assert 0.0 <= persen(counted, counted + more) <= 100.0


def test_administration_with_an_unknown_figure_is_left_out_whole() -> None:
    figures = {block: tuple(range(len(fields))) for block, fields in PAIRS.blocks.items()}
    held = pairs.tps(PAIRS, {ADM: figures[ADM]}, {SUARA: figures[SUARA]}, [None] * 3, "")
    assert held["administrasi"] is not None
    assert (held["status_suara"], held["status_adm"]) == (False, True)
    blank = pairs.tps(PAIRS, {ADM: (None, *figures[ADM][1:])}, {SUARA: figures[SUARA]}, [None] * 3, "")
    assert blank["administrasi"] is None
    assert blank["status_adm"] is False
    unopened = pairs.tps(PAIRS, {ADM: figures[ADM]}, {}, [None] * 3, "")
    assert unopened["administrasi"] is None


def test_nothing_has_come_in_reads_as_in_2024() -> None:
    """The document that API_LAYOUT.md quotes."""
    assert shape("ppwp").zero(PAIRS, 3, "2024-02-15 07:00:44") == {
        "mode": "hhcw",
        "chart": None,
        "images": [None, None, None],
        "administrasi": None,
        "psu": None,
        "ts": "2024-02-15 07:00:44",
        "status_suara": False,
        "status_adm": False,
    }


def test_a_hundred_per_cent_only_at_the_end() -> None:
    said = [persen(counted, 823_236) for counted in (0, 1, 823_235, 823_236)]
    assert said == [0.0, 0.0, 99.99, 100.0]
