"""The page of the open data: which files there are, and what their columns mean, in Indonesian and English.

From the package and the dictionary alone, so that page and files cannot differ; dressed as every page of the site.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from election.bundle import Bundle
from election.words import contest as contest_words
from election.words import number
from publisher.datasets.built import DATA
from publisher.site.pages import Pages

Json = Mapping[str, Any]

ADDRESS = f"{DATA}/index.html"
BIG = 1_000_000
ANALYSIS = ("Analisis", "Analysis")


def render(bundle: Bundle, package: Json, dictionary: Iterable[Json]) -> bytes:
    """`data/index.html`."""
    pages = Pages(bundle, bundle.live)
    words = list(dictionary)
    by_contest: dict[str, list[Json]] = {}
    for one in package["resources"]:
        by_contest.setdefault(one["path"].split("/")[0], []).append(one)
    groups = [_group(key, files, words) for key, files in by_contest.items()]
    facts = {"groups": groups, "licence": package["licenses"][0]}
    return pages.render(ADDRESS, "opendata.html", pages.contests[0], facts)


def _group(key: str, files: list[Json], words: list[Json]) -> dict[str, Any]:
    """A contest's files, and their columns; or those of the analytical copy."""
    return {
        "key": key,
        "words": ANALYSIS if key == "analysis" else contest_words(key),
        "files": [_file(one) for one in files],
        "at": max((one["suara:at"] for one in files if "suara:at" in one), default=""),
        "columns": [row for row in words if row["contest"] == key],
    }


def _file(one: Json) -> dict[str, str]:
    """One file: the contest is the heading's, so neither name nor title says it again."""
    return {
        "path": one["path"],
        "name": one["path"].partition("/")[2],
        "title": one.get("title", "").partition(" · ")[2],
        "size": _size(one["bytes"]),
        "rows": _count(one.get("suara:rows")),
        "number": _count(one.get("suara:number")),
    }


def _count(figure: int | None) -> str:
    return "–" if figure is None else number(figure)


def _size(size: int) -> str:
    """A size as people write it: `1,2 MB`."""
    return f"{size / BIG:.1f} MB".replace(".", ",") if size >= BIG else f"{max(1, round(size / 1000))} kB"
