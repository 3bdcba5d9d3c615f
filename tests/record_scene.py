"""One record's story without a server: events in a list, folded into what the public sees of it."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from election import form
from election.bundle import Bundle
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
    VersionOpened,
)
from election.record import fold, layout
from paper.record import invent
from publisher.rows import Cut
from publisher.shapes.area import Place
from publisher.view import RecordView, view

SALT = "5a17" * 8
STATES = ("awaited", "counted", "held", "corrected", "again", "unfound")


class Entry(NamedTuple):
    """A row of the journal."""

    number: int
    event: Event


@dataclass
class Told:
    """A TPS of a contest, and what happened there so far."""

    bundle: Bundle
    key: str
    row: int = 0
    events: list[Event] = field(default_factory=list)

    @property
    def ballot(self) -> Contest:
        return self.bundle.ballot(self.key, self.row)

    @property
    def tps(self) -> str:
        return self.bundle.tree.tps_kode(self.row)

    @property
    def path(self) -> list[Place]:
        tree = self.bundle.tree
        return [Place(tree.kode(area), tree.nama(area), tree.tingkat(area)) for area in tree.path(self.row)]

    @property
    def place(self) -> Place:
        return Place(self.tps, self.bundle.tree.tps_nama(self.row), 5)

    @property
    def cut(self) -> Cut:
        return Cut(1000 + len(self.events), self.at())

    @property
    def view(self) -> RecordView:
        entries = [Entry(1000 + number, event) for number, event in enumerate(self.events, start=1)]
        form_of = form.of(self.ballot)
        record = fold(entries, layout(form_of), self.tps)
        return view(self.tps, record, self.ballot.blocks, len(form_of.pages))

    def at(self) -> str:
        minutes, seconds = divmod(len(self.events), 60)
        return f"2029-02-14T12:{minutes:02}:{seconds:02}.000Z"

    def add(self, event: Event) -> int:
        self.events.append(event)
        return 1000 + len(self.events)

    def figures(self) -> dict[str, Figures]:
        """Figures that satisfy every rule."""
        found = invent(form.of(self.ballot), np.random.default_rng(self.row))
        return {block: tuple(found[name] for name in fields) for block, fields in self.ballot.blocks.items()}

    def photos(self, version: int | None = None, fault: str | None = None) -> tuple[int, ...]:
        scans = []
        for page in form.of(self.ballot).pages:
            sha = sha256(f"{self.tps}{page.number}{version}".encode()).hexdigest()
            number = self.add(
                ScanReceived(tps=self.tps, at=self.at(), page=page.number, sha256=sha, size=9, version=version)
            )
            scans.append(number)
            lost = fault is not None and page.number == 2
            self.add(PageRead(
                tps=self.tps, at=self.at(), scan=number, page=None if lost else page.number,
                fault=fault if lost else None, quality=0 if lost else 880, scores=None,
                rendition=None if lost else sha256(sha.encode()).hexdigest(), model="0" * 64, program="1",
            ))  # fmt: skip
        return tuple(scans)

    def keyed(self, figures: dict[str, Figures], version: int | None = None) -> int:
        return self.add(ReadingSubmitted(
            tps=self.tps, at=self.at(), commitments=dict.fromkeys(figures, "0" * 64),
            salts=dict.fromkeys(figures, SALT), figures=figures, version=version,
        ))  # fmt: skip

    def count(self, block: str, figures: Figures, scans: tuple[int, ...], reading: int, replaces: int = 0) -> int:
        return self.add(BlockCounted(
            tps=self.tps, at=self.at(), block=block, replaces=replaces, figures=figures, scans=scans, reading=reading,
            salt=SALT, policy="test",
        ))  # fmt: skip

    def hold(self, block: str, keyed: Figures, read: Figures, scans: tuple[int, ...], reading: int) -> int:
        return self.add(BlockHeld(
            tps=self.tps, at=self.at(), block=block, replaces=0, figures=keyed, scans=scans, reading=reading, salt=SALT,
            read=read, reasons=("E301", "E404"), policy="test",
        ))  # fmt: skip

    def correct(self, block: str, on: int, figures: Figures) -> int:
        proposal = self.add(CorrectionProposed(
            tps=self.tps, at=self.at(), block=block, on=on, figures=figures, reason="mistyped", role="kpu_kabkota",
            account="private.name",
        ))  # fmt: skip
        return self.add(BlockCorrected(
            tps=self.tps, at=self.at(), block=block, replaces=on, figures=figures, proposal=proposal,
            reason="mistyped", roles=("kpu_kabkota", "kpu_kabkota"), accounts=("private.name", "private.other"),
        ))  # fmt: skip


def told(bundle: Bundle, key: str, state: str, row: int = 0) -> Told:
    """A record of one of `STATES`; `unfound` has a photo in which no page was found."""
    one = Told(bundle, key, row)
    if state == "awaited":
        return one
    figures = one.figures()
    scans, reading = one.photos(fault="scan.no_page" if state == "unfound" else None), one.keyed(figures)
    if state == "unfound":
        return one
    votes = "suara"
    keyed = (figures[votes][0] + 30, *figures[votes][1:])
    for block, values in figures.items():
        if block != votes or state == "counted":
            one.count(block, values, scans, reading)
    if state != "counted":
        on = one.hold(votes, keyed, figures[votes], scans, reading)
    if state in {"corrected", "again"}:
        one.correct(votes, on, figures[votes])
    if state == "again":
        opened = one.add(VersionOpened(
            tps=one.tps, at=one.at(), replaces=0, version=2, ground="psu", order="12/PSU/2029", document=None,
            roles=("kpu_kabkota", "kpu_kabkota"), accounts=("private.name", "private.other"),
        ))  # fmt: skip
        scans, reading = one.photos(version=2), one.keyed(figures, version=2)
        for block, values in figures.items():
            one.count(block, values, scans, reading, replaces=opened)
    return one
