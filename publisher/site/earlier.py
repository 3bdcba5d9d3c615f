"""Earlier elections in the same area, as far as somebody has loaded them: read from their public documents."""

from typing import Any

import msgspec
from msgspec import Struct

from election import words as names
from publisher.folder import Folder

OFFICIAL = ("rekap", "kpu", "official")
"""Sources in the order in which one is chosen; any other after them, by name."""

SHOWN = 8


class Then(Struct, frozen=True):
    """One earlier election: each choice's votes and share, most votes first."""

    election: str
    date: str
    source: str
    nama: str
    composed: bool  # of other areas of then, because borders have moved
    rows: tuple[tuple[str, int, str], ...]


class _Election(Struct):
    election: str
    date: str
    basis: str
    choices: dict[str, str]
    sources: dict[str, dict[str, int]]
    then: dict[str, str] | None = None


class _Document(Struct):
    elections: list[_Election]


def earlier(folder: Folder, contest: str, kode: str) -> list[Then]:
    """What was published of an area before; nothing where nothing was loaded or nothing fits."""
    try:
        data = (folder.root / f"v1/{contest}/earlier/{kode}.json").read_bytes()
        found = msgspec.json.decode(data, type=_Document).elections
    except (OSError, msgspec.DecodeError):
        return []
    return [then for one in found if (then := _then(one)) is not None]


def _then(of: _Election) -> Then | None:
    ordered = sorted(of.sources, key=lambda name: (_rank(name), name))
    source = next((name for name in ordered if of.choices.keys() <= of.sources[name].keys()), None)
    if source is None:
        return None
    votes = {choice: of.sources[source][field] for field, choice in of.choices.items()}
    whole = sum(votes.values())
    rows: Any = sorted(votes.items(), key=lambda item: -item[1])[:SHOWN]
    told = tuple((name, count, names.percent(count, whole)) for name, count in rows)
    nama = of.then["nama"] if of.then else ""
    return Then(of.election, of.date, source, nama, of.basis == "recomposed", told)


def _rank(source: str) -> int:
    return next((at for at, name in enumerate(OFFICIAL) if source.startswith(name)), len(OFFICIAL))
