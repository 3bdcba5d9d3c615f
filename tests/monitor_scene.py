"""Logs for the monitor's tests: random histories of a small election as the leaves that its log would have."""

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
from history_scene import Row, Wish, event_of

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from monitor.columns import Columns, Parser
from monitor.stations import Stations
from publisher.ballots import Ballots
from publisher.reference import reference


def make(folder: Path, contests: tuple[str, ...] = ("ppwp", "pdpr")) -> Bundle:
    """Two provinces and voters abroad."""
    sizes = {"provinsi": 2, "kabupaten": 4, "kecamatan": 6, "kelurahan": 9, "tps": 24, "abroad": 2}
    return bundles.make(folder, seed=5, **sizes, contests=contests)


def stations_of(bundle: Bundle, key: str) -> Stations:
    """As an outsider reads them."""
    return Stations.parse(msgspec.json.encode(reference(bundle.tree, Ballots(bundle, key))))


def history(bundle: Bundle, key: str, told: Sequence[Wish]) -> list[Row]:
    """Entries of these wishes, numbered from 1, most of them about four TPS of which two are neighbours."""
    tree = bundle.tree
    kodes = [tree.tps_kode(row) for row in range(tree.n_tps) if bundle.holds(key, row)]
    one, near = next((a, b) for a, b in pairwise(kodes) if a[:10] == b[:10])
    busy = [one, near, kodes[0] if one != kodes[0] else kodes[len(kodes) // 2], kodes[-1]]
    found: list[Row] = []
    for wish in told:
        tps = busy[wish.place]
        blocks = bundle.ballot(key, tree.tps_index(tps)).blocks
        event = event_of(wish, found, tps, ["0", tps[:2], tps[:4], tps[:6], tps[:10]], dict(blocks))
        if isinstance(event, ev.Decision) and event.figures is not None:
            event = msgspec.structs.replace(event, figures=event.figures)
        found.append(Row(len(found) + 1, event))
    return found


def leaves(rows: Sequence[Row]) -> list[bytes]:
    """What the log has of them; a kind of a later release where there is none."""
    unknown = b'{"at":"2029-02-14T12:00:00.000Z","kind":"of_later","tps":"0","v":9}'
    return [unknown if row.event is None else ev.leaf(row.event) for row in rows]


def columns(stations: Stations, entries: Sequence[bytes], parts: int = 1) -> Columns:
    """Read in so many parts, as processes side by side do."""
    cuts = sorted(random.Random(len(entries)).sample(range(len(entries) + 1), max(0, min(parts, len(entries)) - 1)))
    found = []
    for start, stop in pairwise([0, *cuts, len(entries)]):
        parser = Parser(stations)
        assert parser.take(start + 1, entries[start:stop]) == []
        found.append(parser.columns())
    return Columns.joined(found)
