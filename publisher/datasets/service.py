"""Keeps the open data fresh: every contest in turn, one snapshot each, then the package that describes them all.

Nothing is made again of what has not changed. A round that fails is tried again after the next interval; what
readers have stands meanwhile.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import msgspec

from election.bundle import Bundle
from election.clock import Clock, stamp
from publisher.datasets import analysis, page
from publisher.datasets import package as packaging
from publisher.datasets.build import build
from publisher.datasets.built import DATA, Built, read_built
from publisher.datasets.corrections import Journal
from publisher.datasets.source import Nothing, Snapshot
from publisher.folder import Folder
from publisher.openapi import document as openapi
from publisher.standby.copies import address_read
from publisher.standby.errors import NoCopy
from storage import connect
from storage.connect import LOST, pause

QUICK = 300.0
"""Seconds from round to round."""

AGAIN = 5.0
"""Seconds until what was away is asked for again."""

LIMITS = {"transaction_timeout": "60min", "idle_in_transaction_session_timeout": "5min"}
"""A nation's records are read in one transaction, which is what makes all files tell of one cut."""

Journals = Callable[[str], Journal]

log = logging.getLogger(__name__)


class Datasets:
    """The open data of one election below `public`.

    `database` has schema `published`; where it is a `standby`, the copy that is read there is asked. `journals` says
    what a correction replaced; None where only a standby is at hand.
    """

    def __init__(
        self,
        bundle: Bundle,
        public: Path,
        database: str,
        journals: Journals | None,
        clock: Clock,
        *,
        standby: bool = False,
    ) -> None:
        self.bundle, self.public, self.clock = bundle, public, clock
        self._database, self._journals, self._standby = database, journals, standby
        self._folder = Folder(public)
        self._gate = datetime.fromisoformat(bundle.settings.gate) if bundle.settings.gate else None
        self._edition = edition(bundle)

    async def round(self, keys: Sequence[str] | None = None) -> list[str]:
        """Build what has changed; the contests that did. Raises NoCopy, and what `storage.connect.LOST` names."""
        made = []
        for key in keys or self.bundle.live:
            if await self._one(key):
                made.append(key)
                log.info("open data of %s built", key)
        if made or self._stale():
            await asyncio.to_thread(self.describe)
        return made

    def _stale(self) -> bool:
        """Whether the package is missing or tells of other files than the builds that stand (we were killed between
        the two), or the analytical copy has gained a file since (an earlier election)."""
        told = self.public / DATA / "datapackage.json"
        try:
            known = packaging.told(msgspec.json.decode(told.read_bytes()))
        except (OSError, msgspec.DecodeError, KeyError, TypeError, AttributeError):
            return True
        if not known.issuperset(packaging.files(self._built())):
            return True
        since = told.stat().st_mtime_ns
        return any(path.stat().st_mtime_ns > since for path in (self.public / analysis.HOME).rglob("*.parquet"))

    def _built(self) -> dict[str, Built]:
        return {key: found for key in self.bundle.live if (found := read_built(self.public, key)) is not None}

    async def _one(self, key: str) -> bool:
        journal = self._journals(key) if self._journals else None
        edition, clock = self._edition, self.clock
        if self._gate is not None and clock() < self._gate:
            return await build(self.bundle, key, Nothing(stamp(clock())), journal, self.public, edition, clock)
        url = await address_read(self._database) if self._standby else self._database
        line: asyncpg.Connection = await connect.connection(url, f"suara data {key}", LIMITS)
        try:
            async with line.transaction(isolation="repeatable_read", readonly=True):
                return await build(self.bundle, key, Snapshot(line, key), journal, self.public, edition, clock)
        finally:
            await line.close(timeout=10)

    def describe(self) -> None:
        """Write package, dictionary and the analytical copy's parts, from what stands."""
        built = self._built()
        words = packaging.dictionary(self.bundle, tuple(built))
        self._folder.write(f"{DATA}/dictionary.json", packaging.encode(words))
        self._folder.write(f"{DATA}/dictionary.csv", packaging.dictionary_csv(words))
        self._folder.write(f"{DATA}/states.json", packaging.encode(packaging.states()))
        self._folder.write(openapi.ADDRESS, packaging.encode(openapi.document(self.bundle.live)))
        more = analysis.write(self.bundle, self._folder, built)
        package = packaging.package(self.bundle, built, more)
        self._folder.write(f"{DATA}/index.html", page.render(self.bundle, package, words))
        self._folder.write(f"{DATA}/datapackage.json", packaging.encode(package))


async def follow(datasets: Datasets, interval: float = QUICK) -> None:
    """Build, rest, and again, until cancelled."""
    while True:
        try:
            await datasets.round()
        except (*LOST, NoCopy) as error:
            log.warning("the open data wait for the database: %s", error)
            await pause(min(interval, AGAIN))
        else:
            await pause(interval)


def edition(bundle: Bundle) -> str:
    """Changes when all files must be made anew: another program, bundle, or boot (nothing is synced)."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    parts = [
        msgspec.json.encode(bundle.manifest),
        str((bundle.tree.n_areas, bundle.tree.n_tps)).encode(),
        boot.read_bytes() if boot.exists() else b"",
        *(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))),
    ]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
