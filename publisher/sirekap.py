"""The public documents of 2024, key for key: what programs written for them read when the host is changed.

Pure functions from figures to JSON values. Paths are in `places`; what these documents have no words for (states,
reasons, versions, what a total leaves out) is told by `v1`.
"""

from collections.abc import Iterable, Mapping, Sequence

from election.codes import KELURAHAN, TPS_LEVEL
from election.contest import ADM, SUARA, Contest
from election.event import GROUNDS, Figures
from election.record import Opened
from election.region import Tree
from publisher.rows import AreaRow

Json = dict[str, object]

REGULER = "Reguler"

ADMINISTRASI = (
    "suara_sah", "suara_total",
    "pemilih_dpt_j", "pemilih_dpt_l", "pemilih_dpt_p",
    "pengguna_dpt_j", "pengguna_dpt_l", "pengguna_dpt_p",
    "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_dptb_p",
    "suara_tidak_sah",
    "pengguna_total_j", "pengguna_total_l", "pengguna_total_p",
    "pengguna_non_dpt_j", "pengguna_non_dpt_l", "pengguna_non_dpt_p",
)  # fmt: skip
"""The 18 figures that 2024 published, in its order. Three of them belong to our votes block."""

IMAGES = {"ppwp": 3, "pdpd": 5}
"""Contests whose documents these functions make, and how many pictures one of a TPS names."""

STRAY = "null"
"""A key that every chart of 2024 carries. Programs delete it by name, so its absence would break them."""


def choices(contest: Contest, ts: str) -> Json:
    """`pemilu/{contest}.json`: who can be voted for."""
    return {
        choice.id: {"ts": ts, "nama": choice.name, "warna": choice.color, "nomor_urut": choice.number}
        for choice in contest.choices
    }


def children(tree: Tree, area: int) -> list[Json]:
    """`wilayah/….json`: the areas right below `area`, or the TPS of a kelurahan.

    `id` is the public data's number; where the bundle has none, the place in the tree, areas first.
    """
    below = tree.children(area)
    if tree.tingkat(area) == KELURAHAN:
        numbers = (_known(int(tree.tps_ids[row]), tree.n_areas + row) for row in below)
        return [
            _child(tree.tps_nama(row), n, tree.tps_kode(row), TPS_LEVEL) for row, n in zip(below, numbers, strict=True)
        ]
    tingkat = tree.tingkat(area) + 1
    return [_child(tree.nama(at), _known(int(tree.ids[at]), at), tree.kode(at), tingkat) for at in below]


def _child(nama: str, number: int, kode: str, tingkat: int) -> Json:
    return {"nama": nama, "id": number, "kode": kode, "tingkat": tingkat}


def _known(number: int, instead: int) -> int:
    return number if number >= 0 else instead


def area(contest: Contest, row: AreaRow, children: Iterable[AreaRow], ts: str) -> Json:
    """`pemilu/hhcw/{contest}/….json`: the sums of an area and of each of its children."""
    return {
        "ts": ts,
        "psu": REGULER,
        "mode": "hhcw",
        "chart": {**_votes(contest, row), "persen": persen(row)},
        "table": {
            below.kode: {
                "psu": REGULER,
                **_votes(contest, below),
                "persen": persen(below),
                "status_progress": below.counted > 0,
            }
            for below in children
        },
        "progres": {"total": row.tps, "progres": row.counted},
    }


def tps(
    contest: Contest,
    counted: Mapping[str, Figures],
    keyed: Mapping[str, Figures],
    images: Sequence[str | None],
    ts: str,
    psu: str | None = None,
) -> Json:
    """The document of one TPS.

    `counted` has the figures of the blocks that count, `keyed` the officer's as far as a decision has opened them;
    `images` has one address a page, None where there is no picture to show; `psu` says why it was voted or counted
    again.
    """
    chart = _chart(contest, counted.get(SUARA))
    administrasi = _administrasi(contest, counted, keyed)
    return {
        "mode": "hhcw",
        "chart": chart,
        "images": list(images),
        "administrasi": administrasi,
        "psu": psu,
        "ts": ts,
        "status_suara": chart is not None,
        "status_adm": administrasi is not None,
    }


def again(opened: Opened | None) -> str | None:
    """`psu` of a record of which a new version began, in the words of 2024; null as there where none did."""
    return None if opened is None else GROUNDS[opened.ground]["id"]


def zero(contest: Contest, ts: str) -> Json:
    """What the file server answers for a TPS from which nothing has come in."""
    return tps(contest, {}, {}, [None] * IMAGES[contest.key], ts)


def persen(row: AreaRow) -> float:
    """How much of an area is counted, in per cent with two decimals: 100 only at the end. Never to decide by."""
    if not row.tps:
        return 0.0
    return round(min(100 * row.counted / row.tps, 100.0 if row.counted == row.tps else 99.99), 2)


def _votes(contest: Contest, row: AreaRow) -> Json:
    """Choice → votes; nothing at all where nothing is counted, as in 2024."""
    if not row.counted:
        return {}
    return {choice.id: row.totals[i] for i, choice in enumerate(contest.choices)}


def _chart(contest: Contest, figures: Figures | None) -> Json | None:
    if figures is None:
        return None
    votes = zip(contest.choices, figures, strict=False)  # the block goes on with sah, tidak sah and total
    return {STRAY: None, **{choice.id: value for choice, value in votes if value is not None}}


def _administrasi(contest: Contest, counted: Mapping[str, Figures], keyed: Mapping[str, Figures]) -> Json | None:
    """The 18 figures where the administration counts and all are known: 2024 never left one of them open.

    The three sums of votes stand here although their block may be held: then they are the officer's, and
    `status_suara` is false. It was so in 2024.
    """
    if ADM not in counted:
        return None
    suara = counted.get(SUARA) or keyed.get(SUARA) or ()
    known: dict[str, int | None] = dict(zip(contest.blocks[ADM], counted[ADM], strict=True))
    known |= dict(zip(contest.blocks[SUARA], suara, strict=False))
    figures = {name: known.get(name) for name in ADMINISTRASI}
    return None if None in figures.values() else dict(figures)
