"""Pairs and candidates of the national election: `ppwp`, `pdpd`. Verbatim documents of both are at hand."""

from collections.abc import Iterable, Mapping, Sequence

from election.contest import SUARA, Contest
from election.event import Figures
from publisher.sirekap.figures import REGULER, STRAY, Json, Votes, administrasi, persen


def area(of: Votes, below: Iterable[Votes], ts: str) -> Json:
    """`pemilu/hhcw/{contest}/….json`: the sums of an area and of each of its children, TPS below a kelurahan."""
    return {
        "ts": ts,
        "psu": REGULER,
        "mode": "hhcw",
        "chart": {**of.shown, "persen": persen(of.counted, of.tps)},
        "table": {
            one.kode: {
                "psu": REGULER,
                **one.shown,
                "persen": persen(one.counted, one.tps),
                "status_progress": one.counted > 0,
            }
            for one in below
        },
        "progres": {"total": of.tps, "progres": of.counted},
    }


def tps(
    ballot: Contest,
    counted: Mapping[str, Figures],
    keyed: Mapping[str, Figures],
    images: Sequence[str | None],
    ts: str,
    psu: str | None = None,
    dapil: str | None = None,
) -> Json:
    """The document of one TPS.

    `counted` has the figures of the blocks that count, `keyed` the officer's as far as a decision has opened them;
    `images` has one address a page, None where there is no picture to show; `psu` says why it was voted or counted
    again; there is no word for a `dapil`.
    """
    chart, adm = chart_of(ballot, counted.get(SUARA)), administrasi(ballot, counted, keyed)
    return {
        "mode": "hhcw",
        "chart": chart,
        "images": list(images),
        "administrasi": adm,
        "psu": psu,
        "ts": ts,
        "status_suara": chart is not None,
        "status_adm": adm is not None,
    }


def chart_of(ballot: Contest, figures: Figures | None) -> Json | None:
    """Choice → votes, of a block that counts."""
    if figures is None:
        return None
    votes = zip(ballot.choices, figures, strict=False)  # the block goes on with sah, tidak sah and total
    return {STRAY: None, **{choice.id: value for choice, value in votes if value is not None}}
