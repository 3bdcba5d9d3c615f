"""An election night for the publisher's tests: invented records in a real journal, and the cut that follows from them.

The rows of schema `published` are worked out here by plain sums over the events, so that they are a second opinion
of what recapitulation writes, and the tests need no other role.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from election import form
from election.block import COUNTING, BlockState
from election.bundle import Bundle
from election.clock import Clock, system_clock
from election.contest import Contest
from election.event import (
    BlockCorrected,
    BlockCounted,
    BlockHeld,
    CorrectionProposed,
    Event,
    Figures,
    PageRead,
    ReadingSubmitted,
    ScanReceived,
    commitment,
)
from election.record import Record, fold, layout
from election.rules import identities
from paper.record import invent
from publisher.chronicle.chronicler import Chronicler
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.site import Site as Pages
from storage.draft import Draft
from storage.opened import Storage, open_storage
from storage.settings import Settings

SALT = "5a17" * 8
PICTURE = b"\xff\xd8\xff\xe0" + b"a masked page" + b"\xff\xd9"
Draw = Callable[[str, int, dict[str, int]], bytes]
"""TPS, page, figures → the JPEG of the masked page."""

KINDS = ("counted", "held", "corrected", "proposed", "arriving", "unread", "silent")
USUAL = (0.70, 0.10, 0.05, 0.03, 0.05, 0.02, 0.05)


def plain(tps: str, page: int, figures: dict[str, int]) -> bytes:
    """A stand-in picture, different for each page."""
    return PICTURE + f"{tps}/{page}".encode()


@dataclass
class Night:
    """Records of one contest, one after another, as officers, machine and validators would leave them."""

    bundle: Bundle
    storage: Storage
    contest_key: str = "ppwp"
    draw: Draw = plain
    minute: int = 0
    truth: dict[str, dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contest = self.bundle.contest(self.contest_key)
        self.form = form.load(self.contest.form)
        self.layout = layout(self.form)
        self.journal = self.storage.journal(self.contest_key)

    def now(self) -> str:
        """A moment later than the one before: seconds of the evening of the vote."""
        self.minute += 1
        hours, rest = divmod(self.minute, 3600)
        return f"{self.bundle.date}T{8 + hours:02}:{rest // 60:02}:{rest % 60:02}.000Z"

    async def append(self, event: Event) -> int:
        """The event's number."""
        return (await self.journal.append(Draft(event=event)))[0].number

    def figures(self, tps: str, seed: int) -> dict[str, Figures]:
        """Figures that satisfy every rule."""
        found = invent(self.form, np.random.default_rng([seed, len(self.truth)]))
        self.truth[tps] = found
        return {block: tuple(found[name] for name in fields) for block, fields in self.contest.blocks.items()}

    async def photos(self, tps: str, pages: Iterable[int]) -> dict[int, int]:
        """Page → number of its scan_received."""
        return {
            page: await self.append(
                ScanReceived(tps=tps, at=self.now(), page=page, sha256=_hash(f"{tps}{page}".encode()), size=300_000)
            )
            for page in pages
        }

    async def look(self, tps: str, scans: dict[int, int], fault: str | None = None) -> None:
        """The machine looks at the photos; their masked pictures are kept."""
        for page, scan in scans.items():
            picture = None
            if fault is None:
                picture = await self.storage.renditions.put(self.draw(tps, page, self.truth.get(tps, {})))
            await self.append(
                PageRead(
                    tps=tps, at=self.now(), scan=scan, page=page if fault is None else None, fault=fault, quality=870,
                    scores=None, rendition=picture, model=_hash(b"model"), program="1",
                )
            )  # fmt: skip

    async def key_in(self, tps: str, figures: dict[str, Figures]) -> int:
        """The officer's reading."""
        return await self.append(
            ReadingSubmitted(
                tps=tps, at=self.now(), salts=dict.fromkeys(figures, SALT), figures=figures,
                commitments={block: commitment(SALT, block, values) for block, values in figures.items()},
            )
        )  # fmt: skip

    async def count(self, tps: str, block: str, figures: Figures, scans: dict[int, int], reading: int) -> int:
        """The machine counts a block."""
        return await self.append(
            BlockCounted(
                tps=tps, at=self.now(), block=block, replaces=0, figures=figures, scans=tuple(scans.values()),
                reading=reading, salt=SALT, policy="test",
            )
        )  # fmt: skip

    async def hold(
        self, tps: str, block: str, keyed: Figures, read: Figures, reasons: tuple[str, ...], scans: dict[int, int],
        reading: int,
    ) -> int:  # fmt: skip
        """The machine holds a block."""
        return await self.append(
            BlockHeld(
                tps=tps, at=self.now(), block=block, replaces=0, figures=keyed, scans=tuple(scans.values()),
                reading=reading, salt=SALT, read=read, reasons=reasons, policy="test",
            )
        )  # fmt: skip

    async def propose(self, tps: str, block: str, on: int, figures: Figures) -> int:
        """A validator proposes."""
        return await self.append(
            CorrectionProposed(
                tps=tps, at=self.now(), block=block, on=on, figures=figures, reason="mistyped", role="kpu_kabkota",
                account="private.name",
            )
        )  # fmt: skip

    async def correct(self, tps: str, block: str, on: int, proposal: int, figures: Figures) -> int:
        """Another confirms."""
        return await self.append(
            BlockCorrected(
                tps=tps, at=self.now(), block=block, replaces=on, figures=figures, proposal=proposal,
                reason="mistyped", roles=("kpu_kabkota", "kpu_kabkota"), accounts=("private.name", "private.other"),
            )
        )  # fmt: skip

    async def play(self, tps: str, kind: str, seed: int = 1) -> None:
        """One record's evening."""
        if kind == "silent":
            return
        figures = self.figures(tps, seed)
        scans = await self.photos(tps, range(1, len(self.form.pages) + 1) if kind != "arriving" else (2,))
        if kind in {"arriving", "unread"}:
            await self.look(tps, scans, "scan.blurred" if kind == "unread" else None)
            return
        keyed = figures if kind == "counted" else {**figures, "suara": slipped(figures["suara"])}
        reading = await self.key_in(tps, keyed)
        await self.look(tps, scans)
        await self.count(tps, "administrasi", figures["administrasi"], scans, reading)
        if kind == "counted":
            await self.count(tps, "suara", figures["suara"], scans, reading)
            return
        on = await self.hold(tps, "suara", keyed["suara"], figures["suara"], ("E301", "E404"), scans, reading)
        if kind in {"proposed", "corrected"}:
            proposal = await self.propose(tps, "suara", on, figures["suara"])
            if kind == "corrected":
                await self.correct(tps, "suara", on, proposal, figures["suara"])

    async def cut(self) -> int:
        """Write the cut of everything so far, as recapitulation would; its number."""
        number = await self.journal.size()
        entries = await self.journal.read(0, number + 1)
        by_tps: dict[str, list] = {}
        for entry in entries:
            by_tps.setdefault(entry.event.tps, []).append(entry)
        records = {tps: fold(found, self.layout) for tps, found in by_tps.items()}
        await write_cut(self.bundle, self.storage, self.contest_key, number, self.now(), records)
        return number


def slipped(figures: Figures) -> Figures:
    """The same figures with the first one mistyped."""
    return ((figures[0] or 0) + 30, *figures[1:])


async def write_cut(
    bundle: Bundle, storage: Storage, contest: str, number: int, at: str, records: dict[str, Record]
) -> None:
    """The rows of schema `published`; a row that says what it said before keeps its number."""
    areas = [
        (contest, kode, tingkat, number, *counts)
        for (kode, tingkat), counts in _areas(bundle, contest, records).items()
    ]
    blocks = [
        (
            contest, tps, block.name, block.state.value, number, block.decision,
            list(block.figures) if block.figures else None, list(block.read) if block.read else None,
            list(block.reasons), list(block.warnings), block.at, record.version,
        )
        for tps, record in records.items()
        for block in record.blocks
    ]  # fmt: skip
    pages = [
        (
            contest, tps, page, number, photo.number, photo.sha256, photo.read.rendition if photo.read else None,
            "read" if photo.read else "received", photo.fault, photo.read.quality if photo.read else None, photo.at,
        )
        for tps, record in records.items()
        for page, photo in record.pages.items()
    ]  # fmt: skip
    async with storage.pool.acquire() as line, line.transaction():
        await _upsert(line, "area", ("contest", "kode"), AREA, areas)
        await _upsert(line, "block", ("contest", "tps", "block"), BLOCK, blocks)
        await _upsert(line, "page", ("contest", "tps", "page"), PAGE, pages)
        await line.execute(
            "insert into published.cut values ($1, $2, $3) "
            "on conflict (contest) do update set number = excluded.number, at = excluded.at",
            contest, number, at,
        )  # fmt: skip
    await storage.pool.execute("select pg_notify('published', $1)", contest)


AREA = (
    "contest", "kode", "tingkat", "number", "tps", "tps_counted", "tps_held", "tps_waiting", "adm_counted", "adm_held",
    "totals", "held", "residuals",
)  # fmt: skip
BLOCK = (
    "contest", "tps", "block", "state", "number", "decision", "figures", "read", "reasons", "warnings", "at",
    "version",
)  # fmt: skip
PAGE = (
    "contest", "tps", "page", "number", "scan", "sha256", "rendition", "state", "fault", "quality", "at",
)  # fmt: skip


async def _upsert(line, table: str, key: tuple[str, ...], columns: tuple[str, ...], rows: list[tuple]) -> None:
    facts = [column for column in columns if column not in key and column != "number"]
    same = " or ".join(f"published.{table}.{column} is distinct from excluded.{column}" for column in facts)
    places = ", ".join(f"${i}" for i in range(1, len(columns) + 1))
    change = ", ".join(f"{column} = excluded.{column}" for column in (*facts, "number"))
    await line.executemany(
        f"insert into published.{table} ({', '.join(columns)}) values ({places}) "
        f"on conflict ({', '.join(key)}) do update set {change} where {same}",
        rows,
    )


def _areas(bundle: Bundle, contest: str, records: dict[str, Record]) -> dict[tuple[str, int], tuple]:
    tree, fields = bundle.tree, bundle.contest(contest).fields
    sums = {area: [Counter(), Counter(), Counter(), Counter()] for area in range(tree.n_areas)}
    for tps, record in records.items():
        residuals = _residuals(bundle.contest(contest), record)
        for area in tree.path(tree.tps_index(tps)):
            sums[area][3].update(residuals)
        for block in record.blocks:
            names = bundle.contest(contest).blocks[block.name]
            where = 0 if block.state in COUNTING else 1 if block.state is BlockState.HELD else None
            if where is None:
                continue
            figures = {name: value or 0 for name, value in zip(names, block.figures or (), strict=False)}
            for area in tree.path(tree.tps_index(tps)):
                sums[area][where].update(figures)
                sums[area][2][block.name, where] += 1
    return {
        (tree.kode(area), tree.tingkat(area)): _row(int(tree.tps_counts()[area]), fields, *found)
        for area, found in sums.items()
    }


def _residuals(contest: Contest, record: Record) -> Counter:
    """(identity, 0 Σr · 1 Σ|r| · 2 count) → what this record adds."""
    known = {
        name: value
        for block in record.blocks
        if block.state in COUNTING
        for name, value in zip(contest.blocks[block.name], block.figures or (), strict=True)
    }
    found: Counter = Counter()
    for i, identity in enumerate(identities(contest)):
        terms = [known.get(name) for name, _ in identity.terms]
        off = 0 if None in terms else sum(known[name] * coefficient for name, coefficient in identity.terms)
        found.update({(i, 0): off, (i, 1): abs(off), (i, 2): int(off != 0)})
    return found


def _row(tps: int, fields: tuple[str, ...], counted: Counter, held: Counter, n: Counter, r: Counter) -> tuple:
    votes = n["suara", 0], n["suara", 1]
    totals = [[figures[name] for name in fields] for figures in (counted, held)]
    return (
        tps,
        *votes,
        tps - sum(votes),
        n["administrasi", 0],
        n["administrasi", 1],
        *totals,
        [r[key] for key in sorted(r)],
    )


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


BASE = "https://suara.example"


@dataclass
class Site:
    """A published site, and the means to go on with the night behind it."""

    bundle: Bundle
    settings: Settings
    public: Path
    truth: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def tps(self) -> list[str]:
        """Every TPS code, in the order of the tree."""
        return [self.bundle.tree.tps_kode(row) for row in range(self.bundle.tree.n_tps)]

    def go_on(self, kinds: dict[str, str]) -> None:
        """Play these records (TPS → kind), cut, publish. In a thread: a browser's driver may hold this one's loop."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._go_on(kinds)).result()

    async def _go_on(self, kinds: dict[str, str]) -> None:
        async with await open_storage(self.settings) as storage:
            night = Night(self.bundle, storage, truth=self.truth, minute=60 * len(self.truth))
            for tps, kind in kinds.items():
                await night.play(tps, kind)
            await night.cut()
            await follower(self.bundle, storage, self.public).catch_up()
            await chronicler(self.bundle, storage, self.public).catch_up()


def follower(bundle: Bundle, storage: Storage, public: Path, clock: Clock = system_clock) -> Follower:
    """A publisher of the bundle's one contest."""
    return Follower(bundle, "ppwp", storage, Folder(public), Pages(bundle, ["ppwp"], BASE), BASE, clock)


def chronicler(bundle: Bundle, storage: Storage, public: Path, clock: Clock = system_clock) -> Chronicler:
    """What is told beside the figures of the bundle's one contest."""
    return Chronicler(bundle, "ppwp", storage, Folder(public), Pages(bundle, ["ppwp"], BASE), BASE, clock)
