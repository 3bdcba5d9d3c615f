"""Pilkada: `pkwkp`, `pkwkk`. The variant of API_LAYOUT; a TPS as the programs of November 2024 read it."""

from collections.abc import Iterable, Mapping, Sequence

from election.contest import SUARA, Contest
from election.event import Figures
from publisher.sirekap.figures import REGULER, Json, Votes, administrasi, persen
from publisher.sirekap.pairs import chart_of


def area(of: Votes, below: Iterable[Votes], ts: str) -> Json:
    """`pilkada/hhcw/{contest}/….json`. Children whose voters choose among others have their own keys."""
    return {
        "mode": "hhcw",
        "tungsura": {
            "chart": {**of.shown, "progres": _progress(of)},
            "table": {
                one.kode: {
                    "psu": REGULER,
                    **one.shown,
                    "progres": _progress(one),
                    "status_progress": one.counted > 0,
                }
                for one in below
            },
        },
        "psu": REGULER,
        "progres": {"total": of.tps, "progres": of.counted},
        "ts": ts,
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
    """The document of one TPS, as `pairs.tps`."""
    chart, adm = chart_of(ballot, counted.get(SUARA)), administrasi(ballot, counted, keyed)
    return {
        "mode": "hhcw",
        "tungsura": {"chart": chart, "administrasi": adm},
        "images": list(images),
        "psu": psu,
        "ts": ts,
        "status_suara": chart is not None,
        "status_adm": adm is not None,
    }


def _progress(of: Votes) -> Json:
    return {"total": of.tps, "persen": persen(of.counted, of.tps), "progres": of.counted}
