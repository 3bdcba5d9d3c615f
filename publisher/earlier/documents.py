"""Public documents of earlier elections: `v1/{contest}/earlier/{kode}.json`, an area's figures then beside its code
now.

They say nothing of the present count, so that they are written once; a page lays both side by side. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from publisher.earlier.basis import RECOMPOSED, SAME, Based
from publisher.earlier.model import DAPIL, Earlier

Json = dict[str, Any]
VERSION = 1


def path(contest: str, one: Based) -> str:
    """Where an area's document lies; dapil have a folder of their own, as elsewhere in v1."""
    folder = f"v1/{contest}/earlier"
    return f"{folder}/dapil/{one.kode}.json" if one.level == DAPIL else f"{folder}/{one.kode}.json"


def documents(contest: str, found: Iterable[tuple[Earlier, Iterable[Based]]]) -> dict[str, Json]:
    """Path → document, of every area that some earlier election says something about."""
    told: dict[str, Json] = {}
    for earlier, areas in found:
        for one in areas:
            if one.basis in (SAME, RECOMPOSED) and not one.figures:
                continue
            document = told.setdefault(path(contest, one), _head(contest, one))
            document["elections"].append(_election(earlier, one))
    return told


def _head(contest: str, one: Based) -> Json:
    return {
        "v": VERSION,
        "contest": contest,
        "level": one.level,
        "kode": one.kode,
        "nama": one.nama,
        "elections": [],
    }


def _election(earlier: Earlier, one: Based) -> Json:
    return {
        "election": earlier.election,
        "date": earlier.date,
        "basis": one.basis,
        "how": one.match.how if one.match else None,
        "then": {"key": one.match.key, "nama": one.match.then} if one.match else None,
        "choices": earlier.choices,
        "sources": _sorted(one.figures),
    }


def _sorted(figures: Mapping[str, Mapping[str, int]]) -> Json:
    return {source: dict(figures[source]) for source in sorted(figures)}
