"""QR codes of TPS pages: what is printed or shown to others leads back to the page, and so to its log numbers.

A code says the page's address, which never changes, so it is drawn once: sixteen TPS of a kelurahan in one SVG, a view
each, because drawing takes longer than all the rest of a page and millions of files would hold nothing else.
"""

from hashlib import sha256
from typing import Final

from election.region import Tree
from publisher import places
from publisher.folder import Folder
from publisher.site.codes import Codes

TOGETHER: Final = 16
SIDE: Final = 64
"""Modules from one code to the next: more than the longest address takes, with two modules of quiet around it."""

_CODES: dict[str, Codes] = {}
"""By the address that outsiders know the site under: one a process, but for tests."""


def picture(folder: Folder, tree: Tree, base_url: str, key: str, row: int) -> str:
    """File and view of the code of a TPS, as seen from its page; drawn where it is not there yet."""
    first = tree.tps_of(int(tree.tps_parent[row])).start
    group = (row - first) // TOGETHER
    page = places.tps_page(key, tree.tps_kode(row))
    name = f"qr-{group}-{sha256(base_url.encode()).hexdigest()[:6]}.svg"
    path = f"{page.rpartition('/')[0]}/{name}"
    if not folder.has(path):
        start = first + group * TOGETHER
        rows = range(start, min(start + TOGETHER, tree.tps_of(int(tree.tps_parent[row])).stop))
        folder.keep(path, _sheet(tree, base_url, key, rows))  # synced: it is never drawn again
    return f"{name}#t{tree.tps_kode(row)}"


def _sheet(tree: Tree, base_url: str, key: str, rows: range) -> bytes:
    codes, parts = _CODES.setdefault(base_url, Codes()), []
    for place, row in enumerate(rows):
        kode = tree.tps_kode(row)
        side, drawn = codes.drawn(f"{base_url}/{places.tps_page(key, kode)}")
        at = place * SIDE
        parts.append(f'<view id="t{kode}" viewBox="0 {at} {side} {side}"/>')
        parts.append(f'<svg y="{at}" width="{side}" height="{side}"{drawn}')
    body = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">{body}</svg>'.encode()
