"""The map of the provinces as equal tiles: each where it lies, roughly, beside its neighbours.

A bundle with other provinces gets the same tiles in the order of its table. The table is the truth; this is a way in.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from publisher.ink import readable
from publisher.site.bars import Bar

GRID: dict[str, tuple[int, int, str, str]] = {
    "11": (1, 1, "Aceh", "AC"), "12": (1, 2, "Sumut", "SU"), "14": (2, 2, "Riau", "RI"), "21": (3, 2, "Kepri", "KR"),
    "13": (1, 3, "Sumbar", "SB"), "15": (2, 3, "Jambi", "JA"), "19": (3, 3, "Babel", "BB"),
    "17": (1, 4, "Bengkulu", "BE"), "16": (2, 4, "Sumsel", "SS"), "18": (2, 5, "Lampung", "LA"),
    "36": (2, 6, "Banten", "BT"), "31": (3, 6, "Jakarta", "JK"), "33": (4, 6, "Jateng", "JT"),
    "35": (5, 6, "Jatim", "JI"), "32": (3, 7, "Jabar", "JB"), "34": (4, 7, "DIY", "YO"),
    "51": (6, 6, "Bali", "BA"), "52": (7, 6, "NTB", "NB"), "53": (8, 6, "NTT", "NT"),
    "65": (6, 2, "Kaltara", "KU"), "61": (5, 3, "Kalbar", "KB"), "64": (6, 3, "Kaltim", "KI"),
    "62": (5, 4, "Kalteng", "KT"), "63": (6, 4, "Kalsel", "KS"),
    "75": (8, 2, "Gorontalo", "GO"), "71": (9, 2, "Sulut", "SA"), "72": (8, 3, "Sulteng", "ST"),
    "76": (8, 4, "Sulbar", "SR"), "74": (9, 4, "Sultra", "SG"), "73": (8, 5, "Sulsel", "SN"),
    "82": (10, 3, "Malut", "MU"), "81": (10, 4, "Maluku", "MA"),
    "96": (11, 2, "PBD", "PD"), "92": (11, 3, "PB", "PB"), "91": (12, 3, "Papua", "PA"),
    "94": (11, 4, "Papteng", "PT"), "95": (12, 4, "Papeg", "PE"), "93": (12, 5, "Papsel", "PS"),
    "99": (12, 7, "L. Negeri", "LN"),
}  # fmt: skip
"""Code → column, row, short name, two letters (ISO 3166-2:ID)."""

ACROSS = 12
"""Columns of the map, and of the tiles in order."""

UNKNOWN = "#6b727b"
"""Where nothing is counted."""


class Tile(Struct, frozen=True):
    """One province. `leader` is None where nothing is counted, or where choices are not the nation's."""

    kode: str
    nama: str
    short: str
    letters: str
    column: int
    row: int
    leader: Bar | None
    color: str
    counted: int
    tps: int
    height: float  # of the counted part, in per cent


def tiles(rows: Sequence[dict[str, Any]]) -> list[Tile]:
    """The tiles of the nation's table, in its order. `rows` are those of `area`."""
    mapped = all(line["place"].kode in GRID for line in rows)
    return [_tile(line, at, mapped) for at, line in enumerate(rows)]


def _tile(line: dict[str, Any], at: int, mapped: bool) -> Tile:
    place, row, leader = line["place"], line["row"], line["leader"]
    column, down, short, letters = (
        GRID[place.kode] if mapped else (at % ACROSS + 1, at // ACROSS + 1, place.nama.title(), place.nama[:2])
    )
    done = round(100 * row.counted / row.tps, 1) if row.tps else 0.0
    color = readable(leader.color) if leader else UNKNOWN
    return Tile(place.kode, place.nama, short, letters, column, down, leader, color, row.counted, row.tps, done)
