"""Public documents of earlier elections: `v1/{contest}/earlier/{kode}.json`, an area's figures then beside its code
now.

They say nothing of the present count, so that they are written once; a page lays both side by side. Pure.
"""

from collections.abc import Iterable

from publisher.earlier.basis import RECOMPOSED, SAME, Based
from publisher.earlier.model import DAPIL, Earlier
from publisher.shapes import VERSION
from publisher.shapes import earlier as shapes


def path(contest: str, one: Based) -> str:
    """Where an area's document lies; dapil have a folder of their own, as elsewhere in v1."""
    folder = f"v1/{contest}/earlier"
    return f"{folder}/dapil/{one.kode}.json" if one.level == DAPIL else f"{folder}/{one.kode}.json"


def documents(contest: str, found: Iterable[tuple[Earlier, Iterable[Based]]]) -> dict[str, shapes.Earlier]:
    """Path → document, of every area that some earlier election says something about."""
    told: dict[str, shapes.Earlier] = {}
    for earlier, areas in found:
        for one in areas:
            if one.basis in (SAME, RECOMPOSED) and not one.figures:
                continue
            document = told.setdefault(path(contest, one), _head(contest, one))
            document.elections.append(_election(earlier, one))
    return told


def _head(contest: str, one: Based) -> shapes.Earlier:
    return shapes.Earlier(VERSION, contest, one.level, one.kode, one.nama, [])


def _election(earlier: Earlier, one: Based) -> shapes.Election:
    return shapes.Election(
        election=earlier.election,
        date=earlier.date,
        basis=one.basis,
        how=one.match.how if one.match else None,
        then=shapes.Then(one.match.key, one.match.then) if one.match else None,
        choices=earlier.choices,
        sources={source: dict(one.figures[source]) for source in sorted(one.figures)},
    )
