"""Which column of a table of truth is which field of a form, by its name alone.

A column is a field where its name is one of: the field's own; one of `SHORT`; a choice by its number (`p1`, `pas1`,
`paslon_1`, `calon_2`); the id of a choice (`100025`: the ids in their order are the choices in theirs); or the end of
exactly one field of the page (`calon_3` on the page of party 7). Every other column is left alone.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

SHORT: Final = {
    "sah": "suara_sah",
    "valid": "suara_sah",
    "tsah": "suara_tidak_sah",
    "tidak_sah": "suara_tidak_sah",
    "tidaksah": "suara_tidak_sah",
    "invalid": "suara_tidak_sah",
    "jum": "suara_total",
    "jml": "suara_total",
    "jumlah": "suara_total",
    "total": "suara_total",
    "pemilih": "pemilih_total_j",
    "pengguna": "pengguna_total_j",
}
"""Names in files of 2019 and 2024, lower case."""

_CHOICE: Final = re.compile(r"(?:p|pas|paslon|calon|no)_?0*(\d+)")
_WORDS: Final = ("paslon", "calon", "partai")
_ID: Final = re.compile(r"\d{5,}")


def fields_of(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """Column → the one of `fields` it names. Of two columns that name the same field the first one counts."""
    ids = sorted((name for name in columns if _ID.fullmatch(name)), key=int)
    found: dict[str, str] = {}
    for column in columns:
        field = _field(column, ids, fields)
        if field is not None and field not in found.values():
            found[column] = field
    return found


def _field(column: str, ids: Sequence[str], fields: Sequence[str]) -> str | None:
    name = re.sub(r"\W+", "_", column.strip().lower()).strip("_")
    numbered = _CHOICE.fullmatch(name)
    number = ids.index(column) + 1 if column in ids else int(numbered[1]) if numbered else None
    wanted = [name, SHORT.get(name), f"{name}_j", *(f"{word}_{number}" for word in _WORDS if number)]
    exact = next((field for field in wanted if field in fields), None)
    return exact or _only(field for field in fields if field.endswith(f"_{name}"))


def _only(found: Iterable[str]) -> str | None:
    names = list(found)
    return names[0] if len(names) == 1 else None


def parties_of(columns: Iterable[str]) -> dict[int, int]:
    """Party → how many candidates, as far as columns called `partai_3_calon_5` tell."""
    sizes: dict[int, int] = {}
    for column in columns:
        named = re.fullmatch(r"partai_(\d+)(?:_calon_(\d+)|_suara_partai)?", column.strip().lower())
        if named:
            party = int(named[1])
            sizes[party] = max(sizes.get(party, 0), int(named[2] or 0))
    return dict(sorted(sizes.items()))


def figure(text: str) -> int | None:
    """A figure as tables have it: `45`, `045`, `45.0`, crosses and dashes for zero. None where it is no figure."""
    plain = text.strip().lower().removesuffix(".0")
    if plain and set(plain) <= set("x-–"):
        return 0
    return int(plain) if plain.isdecimal() and len(plain) <= 6 else None


EMPTY: Final = frozenset({"", "nan", "none", "null", "na", "n/a"})
"""What a cell says where its page does not have the field."""
