"""An evening of every contest for the publisher's bench: records that come in all over the nation, and their cuts.

The journals are real, and so is the engine that makes the cuts; what they cost is not the publisher's, and is not
counted.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from election import event as ev
from election.bundle import Bundle
from loadtest.night.truth import truth
from publisher.folder import Folder
from publisher.follower import Follower
from publisher.site import Site
from recap.engine import ContestEngine
from recap.pace import Pace
from recap.policy import Policy
from storage.draft import Draft
from storage.opened import Storage

CONTESTS = ("ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk")
"""Those of a general election: five ballots a TPS."""

BASE = "https://suara.example"
SALT = "5a17" * 8


def clock() -> datetime:
    """The evening of the vote."""
    return datetime(2029, 2, 14, 13, 0, tzinfo=UTC)


class Watched(Folder):
    """A folder that remembers the size of every file that was put into it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.sizes: list[int] = []

    def _show(self, part: str, path: str) -> None:
        super()._show(part, path)
        self.sizes.append((self.root / path).stat().st_size)


class Evening:
    """One contest: its records in random order, its engine, its publisher."""

    def __init__(self, bundle: Bundle, storage: Storage, key: str, root: Path, site: Site, folder: Folder) -> None:
        self.bundle, self.storage, self.key = bundle, storage, key
        self.journal = storage.journal(key)
        self.engine = ContestEngine(
            bundle,
            storage,
            key,
            snapshots=root / "snapshots",
            clock=clock,
            policy=Policy(),
            pace=Pace(cut=0.01, again=1),
        )
        self.follower = Follower(bundle, key, storage, folder, site, BASE, clock)
        held = np.flatnonzero(bundle.tps_holding(key))
        self.left = iter(np.random.default_rng(7).permutation(held).tolist())

    async def begin(self) -> None:
        """The engine has started, and the empty tree stands."""
        await self.engine.catch_up()
        await self.engine.cutter.begin()
        await self.engine.cut()
        await self.follower.catch_up()

    async def send(self, records: int) -> None:
        """So many records come in and are counted whole; then a cut."""
        rows = [next(self.left) for _ in range(records)]
        for some in (rows[at : at + 50] for at in range(0, records, 50)):
            await asyncio.gather(*(self._record(row) for row in some))
        await self.engine.catch_up()
        await self.engine.cut()

    async def _record(self, row: int) -> None:
        tps, at, paper = self.bundle.tree.tps_kode(row), ev_at(), self.follower.ballots.of_tps(row)
        figures = truth_of(self.bundle, self.key, row)
        scans = await self._append(
            [
                ev.ScanReceived(tps=tps, at=at, page=p, sha256=_hash(f"{tps}{p}"), size=300_000)
                for p in _pages(paper.pages)
            ]
        )
        reads = [
            ev.PageRead(
                tps=tps, at=at, scan=scan, page=page, fault=None, quality=900, scores=None, rendition=None,
                model=_hash("model"), program="1",
            )
            for page, scan in zip(_pages(paper.pages), scans, strict=True)
        ]  # fmt: skip
        keyed = ev.ReadingSubmitted(
            tps=tps, at=at, salts=dict.fromkeys(figures, SALT), figures=figures,
            commitments={block: ev.commitment(SALT, block, values) for block, values in figures.items()},
        )  # fmt: skip
        *_, reading = await self._append([*reads, keyed])
        await self._append(
            [
                ev.BlockCounted(
                    tps=tps, at=at, block=block, replaces=0, figures=values, scans=tuple(scans), reading=reading,
                    salt=SALT, policy="bench",
                )
                for block, values in figures.items()
            ]
        )  # fmt: skip

    async def _append(self, events: Sequence[ev.Event]) -> list[int]:
        return [done.number for done in await self.journal.append(*(Draft(event=event) for event in events))]


def truth_of(bundle: Bundle, key: str, row: int) -> dict[str, ev.Figures]:
    """Figures of a record that break no rule, its votes dealt out evenly among a party's candidates."""
    ballot, true = bundle.ballot(key, row), dict(truth(bundle, 1, row, contest=key).true)
    for party, choice in zip(ballot.choice_fields, ballot.choices, strict=True):
        each = true[party] // (len(choice.candidates) + 2)
        true |= {f"{party}_calon_{one.number}": each for one in choice.candidates}
        true[f"{party}_suara_partai"] = true[party] - each * len(choice.candidates)
    return {block: tuple(true[field] for field in fields) for block, fields in ballot.blocks.items()}


def ev_at() -> str:
    """When everything of this evening happened."""
    return "2029-02-14T12:30:00.000Z"


def _pages(pages: int) -> range:
    return range(1, pages + 1)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
