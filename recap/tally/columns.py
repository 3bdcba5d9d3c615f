"""Which column of a file of records is which figure, by its name alone.

A column is a figure where its name is one of: a field's own name (`suara_sah`, `pengguna_dpt_l`, `paslon_1`,
`partai_3_calon_2`); the id of a choice (`100025`); `p1`, `pas1`, `paslon1`, `calon_1`, `partai_1`, the first choice by
its number on the ballot; or one of `SHORT`. One of `SOURCES` and `_` before any of these say whose figure it is, in
files that hold two readings of one TPS side by side. Every other column is left alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct

from election.contest import Choice, Contest, Kind
from election.errors import Rejected

SHORT = {
    "sah": "suara_sah",
    "tsah": "suara_tidak_sah",
    "tidak_sah": "suara_tidak_sah",
    "jum": "suara_total",
    "total": "suara_total",
}
"""Names of 2019, lower case."""

SOURCES = ("kpu", "kp", "rekap")
"""The organiser, the independent reading, the official recapitulation, as the files of 2019 call them."""

KEYS = (("kode",), ("kel_id", "tps"), ("child_id",))
"""Columns that say which TPS or area a row is about; the first set that the file has. Those of 2019 are numbers."""

_CHOICE = re.compile(r"(?:p|pas|paslon|calon|partai)_?(\d+)")
_PARTY = re.compile(r"partai_\d+_(?:suara_partai|calon_\d+)")


class NoKey(Rejected):
    """No column says which TPS a row is about."""

    code = "tally.no_key"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file} tidak punya kolom kode TPS: kode, atau kel_id dan tps.",
        "en": "{file} has no column with the code of the TPS: kode, or kel_id and tps.",
    }


class NoFigures(Rejected):
    """No column is a figure of the contest."""

    code = "tally.no_figures"
    advice: ClassVar[dict[str, str]] = {
        "id": "{file} tidak punya kolom angka {contest}; kolomnya: {columns}. Pakai --columns lama=baru.",
        "en": "{file} has no figure of {contest}; its columns: {columns}. Say which are with --columns old=new.",
    }


class UnknownSource(Rejected):
    """The file has no columns of that source."""

    code = "tally.unknown_source"
    advice: ClassVar[dict[str, str]] = {
        "id": "Sumber {source} tidak ada; yang ada: {known}.",
        "en": "There is no source {source}; there are: {known}.",
    }


class Named(Struct, frozen=True):
    """A column of the file that is a figure."""

    name: str  # as the file has it
    source: str  # "" where the name has no such prefix
    field: str  # as the contest has it


def recognise(
    names: Iterable[str],
    contest: Contest,
    renamed: Mapping[str, str] | None = None,
    sources: Sequence[str] = SOURCES,
) -> tuple[Named, ...]:
    """The figures among `names`, in their order. `renamed` gives a column of the file the name it is known by."""
    found = (_named(name, (renamed or {}).get(name, name), contest, sources) for name in names)
    return tuple(named for named in found if named is not None)


def inferred(contest: Contest, names: Iterable[str], sources: Sequence[str] = SOURCES) -> Contest:
    """`contest`, with a choice by number for every `calon_1` and the like where the bundle gives none."""
    found = (_CHOICE.fullmatch(_split(name, sources)[1].lower()) for name in names)
    numbers = sorted({int(choice[1]) for choice in found if choice})
    if contest.choices or not numbers:
        return contest
    choices = tuple(Choice(id=str(number), number=number, name=f"{number:02}") for number in numbers)
    return Contest(key=contest.key, choices=choices, form=contest.form)


def of_source(figures: Sequence[Named], source: str | None) -> tuple[Named, ...]:
    """The figures of one source; without a name the first the file has. Raises UnknownSource."""
    known = list(dict.fromkeys(named.source for named in figures))
    wanted = known[0] if source is None else source
    if wanted not in known:
        raise UnknownSource(source=source, known=", ".join(name or "(tanpa awalan)" for name in known))
    return tuple(named for named in figures if named.source == wanted)


def _named(name: str, known_by: str, contest: Contest, sources: Sequence[str]) -> Named | None:
    source, bare = _split(known_by, sources)
    field = _field(bare, contest)
    return None if field is None else Named(name, source, field)


def _split(name: str, sources: Sequence[str]) -> tuple[str, str]:
    source, _, bare = name.partition("_")
    return (source.lower(), bare) if bare and source.lower() in sources else ("", name)


def _field(name: str, contest: Contest) -> str | None:
    lower = name.lower()
    fields = dict(zip((choice.number for choice in contest.choices), contest.choice_fields, strict=True))
    by_id = {choice.id: fields[choice.number] for choice in contest.choices}
    if lower in contest.fields or (contest.type.kind is Kind.PARTIES and _PARTY.fullmatch(lower)):
        return lower
    numbered = _CHOICE.fullmatch(lower)
    return by_id.get(name) or SHORT.get(lower) or (fields.get(int(numbered[1])) if numbered else None)
