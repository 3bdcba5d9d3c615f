"""Logs for the monitor's tests: random histories of a small election as the leaves that its log would have."""

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
from history_scene import CHOICES, Row, Wish, event_of

from election import bundle as bundles
from election import event as ev
from election.block import COUNTING, BlockState
from election.bundle import Bundle
from election.codes import KELURAHAN
from election.record import Record, fold
from election.rules import identities, identity_names
from monitor.address import Address
from monitor.columns import Columns, Parser
from monitor.stations import Stations
from monitor.watch import Watch
from publisher import places, v1, v1_record
from publisher.ballots import Ballots
from publisher.reference import reference
from publisher.rows import AreaRow, Cut, DapilRow
from publisher.shapes.area import Place
from publisher.told import NOTHING
from publisher.v1_told import Dapil
from publisher.view import view
from tlog import note
from tlog.edge import Edge
from tlog.policy import Policy

ORIGIN = "hasil.invalid/ppwp"
SIGNER = note.Signer(ORIGIN, note.Algorithm.ED25519, bytes(range(32)))
SEER = note.Signer("saksi.invalid", note.Algorithm.COSIGNATURE, bytes(range(1, 33)))


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


def put(path: Path, data: bytes) -> None:
    """A file of its own: copies of a log share theirs until they are spoilt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)


class Log:
    """A log that anyone may rewrite."""

    def __init__(self, place: Path, origin: str = ORIGIN) -> None:
        self.place, self.origin = place, origin
        self.folder = place / "log" / origin.rpartition("/")[2]
        self.signer = note.Signer(origin, note.Algorithm.ED25519, SIGNER.seed)
        self.entries: list[bytes] = []

    def grow(self, entries: list[bytes]) -> None:
        """All files anew, for all of these entries."""
        self.entries = entries
        edge = Edge()
        for one in entries:
            edge.append(one)
        for tile, data in (*edge.full(), *edge.partial()):
            put(self.folder / tile.path, data)
        self.sign(note.Checkpoint(self.origin, edge.size, edge.root()))
        policy = f"log {self.signer.verifier.text}\nwitness saksi {SEER.verifier.text}\nquorum saksi\n"
        put(self.place / "log" / "policy", policy.encode())

    def sign(self, head: note.Checkpoint, *signers: note.Signer) -> None:
        signed = [one.sign(head.text, 1_900_000_000 if one is SEER else None) for one in signers or (self.signer, SEER)]
        put(self.folder / "checkpoint", note.compose(head.text, signed).encode())

    @property
    def head(self) -> note.Checkpoint:
        return note.Checkpoint.parse(note.parse((self.folder / "checkpoint").read_text())[0])


class Public:
    """A public folder: the log of one contest, and its documents as of any entry, added up here one by one."""

    def __init__(self, place: Path, bundle: Bundle, key: str) -> None:
        self.bundle, self.key, self.place = bundle, key, place
        self.ballots = Ballots(bundle, key)
        self.origin = f"hasil.invalid/{key}"
        self.log = Log(place, self.origin)
        self.rows: list[Row] = []
        tree = bundle.tree
        self.kodes = [tree.tps_kode(row) for row in range(tree.n_tps) if bundle.holds(key, row)]
        put(place / places.reference(key), msgspec.json.encode(reference(tree, self.ballots)))

    def grow(self, rows: Sequence[Row]) -> None:
        """The log as of these entries."""
        self.rows = list(rows)
        self.log.grow(leaves(rows))

    def publish(self, upto: int | None = None) -> None:
        """Every document, of cut `upto`."""
        number = len(self.rows) if upto is None else upto
        told = [row for row in self.rows if row.number <= number]
        self.records = {kode: self._record(told, kode) for kode in self.kodes}
        tree, cut = self.bundle.tree, Cut(number, "2029-02-14T13:00:00.000Z")
        for area in range(tree.n_areas):
            of, path = self._counted(area), [self._place(above) for above in places.chain(tree, area)[:-1]]
            if tree.tingkat(area) < KELURAHAN:
                document = v1.area(path, of, [self._counted(child) for child in tree.children(area)], cut)
            else:
                own = [tree.tps_kode(row) for row in tree.children(area) if self.bundle.holds(self.key, row)]
                document = v1.kelurahan(path, of, [self._told(kode) for kode in own], cut)
            self.write(places.v1(self.key, of.place.kode), document)
        for one, district in enumerate(self.ballots.printed.dapil):
            self.write(places.dapil(self.key, district.kode), v1.dapil(self._dapil(one), cut))
        self.write(f"v1/{self.key}/cursor.json", v1.cursor(self.key, cut))

    def write(self, path: str, document: object) -> None:
        put(self.place / path, msgspec.json.encode(document))

    def read(self, kode: str) -> dict:
        return msgspec.json.decode((self.place / places.v1(self.key, kode)).read_bytes())

    def _ballot(self, kode: str):
        return self.bundle.ballot(self.key, self.bundle.tree.tps_index(kode))

    def _record(self, told: Sequence[Row], kode: str) -> Record:
        paper = self.ballots.of_tps(self.bundle.tree.tps_index(kode))
        return fold(told, paper.layout, kode)

    def _told(self, kode: str) -> object:
        record, paper = self.records[kode], self.ballots.of_tps(self.bundle.tree.tps_index(kode))
        if not record.number or not record.history:
            return v1_record.record(Place(kode, "TPS", 5), None, {})
        return v1_record.record(Place(kode, "TPS", 5), view(kode, record, paper.ballot.blocks, paper.pages), {})

    def _place(self, area: int) -> Place:
        tree = self.bundle.tree
        return Place(tree.kode(area), tree.nama(area), tree.tingkat(area))

    def _counted(self, area: int) -> v1.Counted:
        tree = self.bundle.tree
        kode = tree.kode(area)
        within = {tps: self.records[tps] for tps in self.kodes if kode == "0" or tps.startswith(kode)}
        ballot = self.ballots.of_area(area)
        votes = [record.block("suara").state for record in within.values()]
        adm = [record.block("administrasi") for record in within.values()]
        names = identity_names(self.ballots.printed.ballots)
        row = AreaRow(
            kode, len(within), sum(state in COUNTING for state in votes), votes.count(BlockState.HELD),
            sum(block.counts for block in adm), sum(block.state is BlockState.HELD for block in adm),
            self._sums(within, ballot.fields, COUNTING), self._sums(within, ballot.fields, {BlockState.HELD}),
            self._residuals(within, names), 0, sum(record.version > 1 for record in within.values()),
            votes.count(BlockState.FINAL),
        )  # fmt: skip
        arriving = sum(state in (BlockState.RECEIVED, BlockState.READ) for state in votes)
        return v1.Counted(self._place(area), ballot, row, arriving, names)

    def _dapil(self, one: int) -> Dapil:
        printed, tree = self.ballots.printed, self.bundle.tree
        within = {
            kode: self.records[kode] for kode in self.kodes if printed.district_of_tps[tree.tps_index(kode)] == one
        }
        number = int(printed.of_dapil[one])
        ballot = printed.shared if number < 0 else printed.ballots[number]
        counted = sum(record.block("suara").counts for record in within.values())
        row = DapilRow(printed.dapil[one].kode, len(within), counted, self._sums(within, ballot.fields, COUNTING), 0)
        return Dapil(printed.dapil[one], ballot, row, NOTHING)

    def _figures(self, kode: str, states) -> dict[str, int]:
        blocks = self._ballot(kode).blocks
        told = {}
        for block in self.records[kode].blocks:
            if block.state in states and block.figures is not None:
                told |= dict(zip(blocks[block.name], block.figures, strict=True))
        return {field: figure for field, figure in told.items() if figure is not None}

    def _sums(self, within, fields, states) -> tuple[int, ...]:
        rows = [self._figures(kode, states) for kode in within]
        return tuple(sum(row.get(field, 0) for row in rows) for field in fields)

    def _residuals(self, within, names) -> tuple[int, ...]:
        found = {name: [0, 0, 0] for name in names}
        for kode in within:
            known = self._figures(kode, COUNTING)
            for one in identities(self._ballot(kode)):
                if all(field in known for field, _ in one.terms):
                    residual = sum(known[field] * factor for field, factor in one.terms)
                    three = found[one.code, one.part]
                    three[0], three[1], three[2] = (
                        three[0] + residual,
                        three[1] + abs(residual),
                        three[2] + bool(residual),
                    )
        return tuple(value for three in found.values() for value in three)


def some(seed: int, count: int) -> list[Wish]:
    """Wishes without a generator of examples."""
    rng = random.Random(seed)
    return [Wish(*(rng.choice(choices) for choices in CHOICES)) for _ in range(count)]


class Clock:
    """The watcher's, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def watching(public: Public, clock: Clock | None = None, state: str = "state") -> Watch:
    """A watcher of the place, begun; what it remembers lies in `state` beside it."""
    policy = Policy.parse((public.place / "log/policy").read_text())
    found = Watch(
        Address(str(public.place)), policy, public.origin, public.place.parent / state, scans=0, now=clock or Clock()
    )
    found.begin(1)
    return found


def codes(findings) -> set[str]:
    """Which kinds of findings there are."""
    return {one.code for one in findings}
