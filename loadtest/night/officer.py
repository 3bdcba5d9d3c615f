"""One officer's night: the reading first, then the photos, with everything that the plan lets go wrong."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from loadtest.night.chance import item_id
from loadtest.night.item import Item, reading_item, scan_item
from loadtest.night.ledger import Ledger, Line
from loadtest.night.line import Answer, Courier
from loadtest.night.truth import TpsTruth

READING = 0
"""The reading's place where a plan counts pages."""

_LOOKS = 3
"""How often an officer asks for a lost receipt before sending again."""


class Tally(Struct):
    """Counts of the night so far."""

    tps_all: int = 0
    tps_done: int = 0
    readings: int = 0
    photos: int = 0
    bytes: int = 0
    same_again: int = 0  # sent twice, answered with the same receipt
    cut: int = 0
    lost_replies: int = 0
    looked_up: int = 0  # receipts found after a lost reply
    retries: int = 0
    refused: int = 0  # turned away for good


class Officer:
    """Sends one record of a TPS."""

    def __init__(
        self,
        night: TpsTruth,
        *,
        seed: int,
        bundle: str,
        courier: Courier,
        ledger: Ledger,
        tally: Tally,
        changed: Callable[[], None],
    ) -> None:
        self.night = night
        self._seed, self._bundle, self._contest = seed, bundle, night.ballot.key
        self._courier, self._ledger, self._tally, self._changed = courier, ledger, tally, changed

    def id_of(self, item: str) -> str:
        """The client id of one upload."""
        return str(item_id(self._seed, self._bundle, self._contest, self.night.tps, item))

    @property
    def items(self) -> tuple[str, ...]:
        """Names of everything this officer sends before the night is over."""
        plan = self.night.plan
        names = ["reading", *(f"scan-{page}" for page in range(1, len(plan.hardness) + 1))]
        if plan.again is not None:
            names.append(f"scan-{plan.again}-again")
        if plan.wrong_page:
            names.append("scan-1-wrong")
        return tuple(names)

    @property
    def settled(self) -> bool:
        """Whether everything has been answered already, in an earlier run."""
        return all(self.id_of(name) in self._ledger.settled for name in self.items)

    async def send_reading(self) -> None:
        """Keys in the figures and sends them."""
        item = reading_item(self.id_of("reading"), self._contest, self.night.tps, self.night.keyed)
        await self._through(item, READING)

    async def send_photos(self, photos: tuple[bytes, ...]) -> None:
        """Sends the pages in order; page 1 only later where page 2 was taken for it."""
        plan = self.night.plan
        if plan.wrong_page:
            await self._through(self._scan("scan-1-wrong", 1, photos[1]), None)
        for page, photo in enumerate(photos, 1):
            if page == 1 and plan.wrong_page:
                continue
            await self._through(self._scan(f"scan-{page}", page, photo), page)
        if plan.again is not None:
            await self._through(self._scan(f"scan-{plan.again}-again", plan.again, photos[plan.again - 1]), None)

    async def send_right_page(self, photos: tuple[bytes, ...]) -> None:
        """Sees the mistake and sends the true page 1."""
        await self._through(self._scan("scan-1", 1, photos[0]), 1)

    def _scan(self, name: str, page: int, photo: bytes) -> Item:
        return scan_item(name, self.id_of(name), self._contest, self.night.tps, page, photo)

    async def _through(self, item: Item, place: int | None) -> None:
        """One upload with its mishaps, until it is answered for good."""
        if item.id in self._ledger.settled:
            return
        plan = self.night.plan
        answer = None
        if place is not None and place == plan.cut:
            self._count("cut")
            await self._courier.send_and_lose(item, 0.6)
        if place is not None and place == plan.lost_reply:
            self._count("lost_replies")
            await self._courier.send_and_lose(item, 1.0)
            answer = await self._ask_for_receipt(item)
        answer = answer or await self._courier.send(item)
        self._keep(item, answer)
        if place is not None and place == plan.twice:
            self._keep(item, await self._courier.send(item), first=False)

    async def _ask_for_receipt(self, item: Item) -> Answer | None:
        for look in range(_LOOKS):
            await asyncio.sleep(0.05 * (look + 1))
            answer = await self._courier.look_up(item)
            if answer is not None:
                self._count("looked_up")
                return answer
        return None

    def _keep(self, item: Item, answer: Answer, *, first: bool = True) -> None:
        self._ledger.write(Line(item.name, item.id, item.tps, answer.status, answer.receipt, answer.code))
        if answer.receipt is None:
            self._count("refused")
        elif first:
            self._tally.bytes += len(item.body)
            self._count("photos" if item.is_photo else "readings")
        else:
            self._count("same_again")

    def _count(self, what: str) -> None:
        setattr(self._tally, what, getattr(self._tally, what) + 1)
        self._changed()
