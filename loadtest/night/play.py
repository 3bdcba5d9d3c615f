"""Plays the whole night: who arrives when, how many send at once, and where it goes on after a stop."""

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import aiohttp
from msgspec import Struct

from election.bundle import Bundle, NotLive
from loadtest.night.ledger import Ledger
from loadtest.night.line import Courier, checked_address
from loadtest.night.officer import Officer, Tally
from loadtest.night.phones import Enrolment, Phones
from loadtest.night.plan import LATER_SECONDS, Rates
from loadtest.night.studio import Sitting, Studio
from loadtest.night.truth import truth

AHEAD = 8
"""TPS whose photos are drawn before their officer arrives."""


class Summary(Struct, frozen=True):
    """How the night went. `tally` counts this run only; what earlier runs settled is in `tps_before`."""

    tally: Tally
    tps_before: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every TPS has sent everything and nothing was turned away."""
        return self.tally.tps_done == self.tally.tps_all and self.tally.refused == 0


class _Night:
    """One run: its studio, ledger, line and clock."""

    def __init__(
        self, bundle: Bundle, *, seed: int, speed: float, courier: Courier, ledger: Ledger,
        studio: Studio, tally: Tally, changed: Callable[[], None], at_once: int, keep: bool,
    ) -> None:  # fmt: skip
        self.bundle, self.seed, self.speed = bundle, seed, speed
        self.courier, self.ledger, self.studio = courier, ledger, studio
        self.tally, self.changed, self.keep = tally, changed, keep
        self.slots = asyncio.Semaphore(at_once)
        self.started = time.monotonic()

    def officer(self, contest: str, tps_index: int, rates: Rates) -> Officer:
        """The officer of one TPS with the forms of one contest."""
        return Officer(
            truth(self.bundle, self.seed, tps_index, contest=contest, rates=rates),
            seed=self.seed, bundle=self.bundle.name,
            courier=self.courier, ledger=self.ledger, tally=self.tally, changed=self.changed,
        )  # fmt: skip

    def sitting(self, officer: Officer) -> Sitting:
        """What the studio draws for that officer."""
        night = officer.night
        place = _place(self.bundle, night.tps)
        return Sitting(self.seed, night.tps, night.ballot, night.paper, night.plan.hardness, place)

    async def until(self, moment: float) -> None:
        """Waits for a moment of the night, in its own seconds."""
        await asyncio.sleep(max(0.0, self.started + moment / self.speed - time.monotonic()))

    async def one(self, officer: Officer) -> None:
        """One officer from arrival to the last receipt. A slot was taken for us."""
        sitting = self.sitting(officer)
        try:
            await officer.send_reading()
            photos = await self.studio.photos(sitting)
            await officer.send_photos(photos)
        finally:
            self.slots.release()
        if officer.night.plan.wrong_page:
            await asyncio.sleep(LATER_SECONDS / self.speed)
            async with self.slots:
                await officer.send_right_page(photos)
        self.studio.done(sitting, keep=self.keep)
        self.tally.tps_done += 1
        self.changed()

    async def all(self, officers: list[Officer]) -> None:
        """Everybody in order of arrival; the line is never fuller than there are slots."""
        first = officers[0].night.plan.arrival if officers else 0.0
        async with asyncio.TaskGroup() as group:
            for k, officer in enumerate(officers):
                for soon in officers[k : k + AHEAD]:
                    self.studio.ask(self.sitting(soon))
                await self.until(officer.night.plan.arrival - first)
                await self.slots.acquire()
                group.create_task(self.one(officer))


async def play(
    bundle: Bundle,
    base_url: str,
    *,
    seed: int,
    speed: float,
    folder: Path,
    enrolment: Enrolment,
    contests: Mapping[str, int | None] | None = None,
    rates: Rates | None = None,
    workers: int = 1,
    at_once: int = 16,
    keep_photos: bool = False,
    on_progress: Callable[[Tally], None] | None = None,
) -> Summary:
    """Plays the night of `bundle` against the front door at `base_url`; goes on where an earlier run stopped.

    Args:
        seed: everything invented follows from it and the bundle.
        speed: seconds of the night a second; `math.inf` sends as fast as it goes.
        folder: keeps the ledger of receipts, the phones, and the photos not yet acknowledged.
        enrolment: how officers come by their certificates.
        contests: which are played; of each only the first so many TPS that hold it, None for all. Without them ppwp.
        rates: how often people and lines slip.
        workers: processes that draw.
        at_once: officers sending at the same time.
        keep_photos: leave the photos in `folder/photos`, so that another run need not draw them again.
        on_progress: called with the running counts at every change.

    Raises:
        election.bundle.UnknownContest: the bundle does not have one of them.
        election.bundle.NotLive: one of them cannot run.
        BadAddress: `base_url`, or that of the accounts service, is none.
        NoCode, NotEnrolled: an officer cannot be enrolled.
        LedgerInUse: another night plays into `folder`.
    """
    contests = {"ppwp": None} if contests is None else contests
    for key in contests:
        if not bundle.runs(key):
            raise NotLive(key=key, known=", ".join(filter(bundle.runs, bundle.contests)))
    for address in (base_url, *filter(None, (enrolment.accounts,))):
        checked_address(address)
    tally = Tally()
    progress = on_progress or (lambda _tally: None)

    def changed() -> None:
        progress(tally)

    def retried() -> None:
        tally.retries += 1
        changed()

    started = time.monotonic()
    connector = aiohttp.TCPConnector(limit=at_once * 2)
    with Ledger(folder / "receipts.jsonl") as ledger, Studio(folder / "photos", workers) as studio:
        async with aiohttp.ClientSession(connector=connector) as session:
            courier = Courier(session, base_url, Phones(session, folder / "phones", enrolment), retried)
            night = _Night(
                bundle, seed=seed, speed=speed, courier=courier, ledger=ledger, studio=studio, tally=tally,
                changed=changed, at_once=at_once, keep=keep_photos,
            )  # fmt: skip
            officers = [
                night.officer(key, row, rates or Rates())
                for key, limit in contests.items()
                for row in _rows(bundle, key, limit)
            ]
            waiting = sorted((o for o in officers if not o.settled), key=lambda o: o.night.plan.arrival)
            before = len(officers) - len(waiting)
            tally.tps_all, tally.tps_done = len(officers), before
            changed()
            await night.all(waiting)
    return Summary(tally, before, time.monotonic() - started)


def _place(bundle: Bundle, tps: str) -> dict[str, str]:
    """What stands at the head of every page."""
    tree, index = bundle.tree, bundle.tree.tps_index(tps)
    levels = ("provinsi", "kabupaten", "kecamatan", "kelurahan")
    names = {level: tree.nama(area) for level, area in zip(levels, tree.path(index)[1:], strict=True)}
    return names | {"tps": tree.tps_nama(index).removeprefix("TPS ")}


def _rows(bundle: Bundle, contest: str, limit: int | None) -> list[int]:
    """TPS rows that hold the contest, at most `limit`."""
    held = bundle.tps_holding(contest).nonzero()[0]
    return [int(i) for i in held[:limit]]
