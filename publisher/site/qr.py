"""QR codes of TPS pages: what is printed or shown to others leads back to the page, and so to its log numbers.

A code says the page's address, which never changes, so it is drawn once: sixteen TPS of a kelurahan in one SVG, a view
each, because drawing takes longer than all the rest of a page and millions of files would hold nothing else.
"""

from hashlib import sha256
from typing import Final

import segno

from election.region import Tree
from publisher import places
from publisher.folder import Folder

TOGETHER: Final = 16
SIDE: Final = 64
"""Modules from one code to the next: more than the longest address takes, with two modules of quiet around it."""

MASK: Final = 3
"""Looking for the best of eight takes four times as long; every one of them can be read."""


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
        folder.write(path, _sheet(tree, base_url, key, rows))
    return f"{name}#t{tree.tps_kode(row)}"


def _sheet(tree: Tree, base_url: str, key: str, rows: range) -> bytes:
    parts = []
    for place, row in enumerate(rows):
        kode = tree.tps_kode(row)
        address = f"{base_url}/{places.tps_page(key, kode)}"
        code = segno.make(address, error="m", boost_error=False, micro=False, mask=MASK)
        side = code.symbol_size(border=2)[0]
        drawn = code.svg_inline(border=2, omitsize=True)
        at = place * SIDE
        parts.append(f'<view id="t{kode}" viewBox="0 {at} {side} {side}"/>')
        parts.append(f'<svg y="{at}" width="{side}" height="{side}"{drawn.removeprefix("<svg")}')
    body = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">{body}</svg>'.encode()
