"""Parties and their candidates: `pdpr`, `pdprdp`, `pdprdk`, per area and per dapil.

No verbatim document of these is at hand. Paths, keys and types are those of API_LAYOUT and of the programs that read
them in 2024, the strictest of which refused any other key; where the two differ `docs/trees.md` says which we follow.
"""

from collections.abc import Iterable, Mapping, Sequence

from election.contest import ADM, SUARA, Contest
from election.event import Figures
from publisher.sirekap.figures import STRAY, Json, Votes, administrasi, keys, persen

TOTAL, OWN = "jml_suara_total", "jml_suara_partai"
"""All votes of a party on a ballot, and those that were given to no candidate of it."""


def tps(
    ballot: Contest,
    counted: Mapping[str, Figures],
    keyed: Mapping[str, Figures],
    images: Sequence[str | None],
    ts: str,
    psu: str | None = None,
    dapil: str | None = None,
) -> Json:
    """The document of one TPS, as `pairs.tps`. Without a decision it is the zero document: no `caleg`, no dapil.

    A party stands in `chart` once its own block counts; `status_suara` says that all of them do, and the sums.
    """
    figures = {key: counted.get(field) for key, field in zip(keys(ballot), ballot.choice_fields, strict=True)}
    known = {key: values for key, values in figures.items() if values is not None}
    adm = administrasi(ballot, counted, keyed)
    told: Json = {"chart": {key: _sums(values) for key, values in known.items()} or None, "images": list(images)}
    if known or adm is not None:
        told["kode_dapil"] = dapil
    told["administrasi"] = adm
    if known and ballot.listed:
        told["caleg"] = {key: {STRAY: None, **_candidates(ballot, key, values)} for key, values in known.items()}
    whole = len(known) == len(ballot.choices) and SUARA in counted
    return told | {
        "psu": psu,
        "ts": ts,
        "status_suara": bool(known) and whole,
        "status_adm": ADM in counted and adm is not None,
    }


def district(of: Votes, ballot: Contest, totals: Mapping[str, int], ts: str) -> Json:
    """`pemilu/hhcd/…/{dapil}.json`: a dapil's parties with the votes of each candidate."""
    return {
        "ts": ts,
        "mode": "hhcw",
        "chart": {**of.votes, "persen": persen(of.counted, of.tps)},
        "table": {key: _party(ballot, i, totals) for i, key in enumerate(keys(ballot))},
        "progres": {"total": of.tps, "progres": of.counted},
    }


def districts(of: Votes, below: Iterable[Votes], ts: str) -> Json:
    """The same of all dapil of one assembly beside each other: null where nothing is counted in one."""
    return {
        "ts": ts,
        "mode": "hhcw",
        "chart": dict(of.votes),
        "table": {
            one.kode: {**one.votes, "persen": persen(one.counted, one.tps)} if one.counted else None for one in below
        },
        "progres": {"total": of.tps, "progres": of.counted},
    }


def _sums(values: Figures) -> Json:
    """A party's block: its own votes first, its total last; where no candidates are known all votes are its own."""
    return {TOTAL: values[-1] or 0, OWN: values[0] or 0}


def _candidates(ballot: Contest, key: str, values: Figures) -> Json:
    party = next(choice for choice in ballot.choices if str(choice.number) == key)
    return {one.id: value for one, value in zip(party.candidates, values[1:-1], strict=True)}


def _party(ballot: Contest, position: int, totals: Mapping[str, int]) -> Json:
    party, field = ballot.choices[position], ballot.choice_fields[position]
    votes = {one.id: totals.get(f"{field}_calon_{one.number}", 0) for one in party.candidates}
    total = totals.get(field, 0)
    return {**votes, TOTAL: total, OWN: totals.get(f"{field}_suara_partai", total - sum(votes.values()))}
