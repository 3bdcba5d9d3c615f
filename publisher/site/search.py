"""Finding a place by its name: small files, each with the places a word of whose name begins alike.

The page fetches one of them when three letters are typed; provinces and kabupaten come before that, all in one file.
TPS are found by code alone: the address of their page follows from it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from election.codes import KELURAHAN
from election.region import Tree
from publisher.folder import Folder

Entry = tuple[str, str, str]
"""Name, code, the places it lies in."""

UPPER = 2
"""Level of the deepest areas that are in the first file."""

LETTERS = 3
CROWDED = 1500
"""Entries from which a file is split by one more letter; it then keeps those whose word is no longer."""


def write(folder: Folder, tree: Tree) -> None:
    """Write the files of an election; they change with its areas only."""
    folder.json("cari/atas.json", upper(tree))
    for prefix, entries in shards(tree):
        folder.json(f"cari/{prefix}.json", entries)


def upper(tree: Tree) -> list[Entry]:
    """Provinces, kabupaten and kota."""
    return [_entry(tree, area) for level in range(1, UPPER + 1) for area in tree.level(level)]


def shards(tree: Tree) -> Iterator[tuple[str, list[Entry] | dict[str, object]]]:
    """Beginning of a word → kecamatan and kelurahan with such a word in their name."""
    found: dict[str, list[tuple[str, int]]] = {}
    for level in range(UPPER + 1, KELURAHAN + 1):
        for area in tree.level(level):
            for word in dict.fromkeys(words(tree.nama(area))):
                found.setdefault(word[:LETTERS], []).append((word, area))
    for prefix, places in found.items():
        if len(places) <= CROWDED:
            yield prefix, _entries(tree, places)
            continue
        longer: dict[str, list[tuple[str, int]]] = {}
        for word, area in places:
            longer.setdefault(word[: LETTERS + 1], []).append((word, area))
        yield prefix, {"more": LETTERS + 1, "places": _entries(tree, longer.pop(prefix, []))}
        for deeper, some in longer.items():
            yield deeper, _entries(tree, some)


def words(nama: str) -> list[str]:
    """The words of a name as people type them: small letters and digits, no accents; one letter is no word."""
    plain = unicodedata.normalize("NFKD", nama).encode("ascii", "ignore").decode().lower()
    return [word for word in re.split(r"[^a-z0-9]+", plain) if len(word) > 1]


def _entries(tree: Tree, places: Iterable[tuple[str, int]]) -> list[Entry]:
    return [_entry(tree, area) for area in dict.fromkeys(area for _, area in places)]


def _entry(tree: Tree, area: int) -> Entry:
    above, names = int(tree.parent[area]), []
    while above > 0:
        names.append(tree.nama(above))
        above = int(tree.parent[above])
    return tree.nama(area), tree.kode(area), ", ".join(names)
