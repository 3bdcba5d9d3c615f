"""Hands in what officers made, from a stick or a laptop: each item with the relay's signature beside the officer's.

Sending again is safe: an item's id makes it single, and its receipt is written down once it came. What a stick holds
is `stick`'s; whether a relay may send for a TPS is the front door's to say.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct

from identity.phone import Phone, Request
from suara.stick import Item

TRIES = 8
"""Per item, with pauses that double from half a second."""

UNSIGNED = "tidak ditandatangani petugas; serahkan dengan --own hanya bila Anda sendiri menjaminnya"
"""A file that somebody left on a stick must not speak in PPK's name unless PPK says so."""

LATER = frozenset({401, 408, 423, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same may be taken; 401 with a fresh token and signature."""
_LOST = (aiohttp.ClientError, OSError, TimeoutError)
_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10)


class Outcome(Struct, frozen=True):
    """What became of one item: its receipt, or the code and words of a refusal."""

    id: str
    status: int
    receipt: msgspec.Raw | None = None
    code: str = ""
    words: str = ""

    @property
    def kept(self) -> bool:
        """Whether the door has it."""
        return self.receipt is not None


class Relay:
    """One relay's line to a front door."""

    def __init__(self, session: aiohttp.ClientSession, base: str, phone: Phone) -> None:
        self._session, self._base, self._phone = session, base.rstrip("/"), phone

    async def hand_in(self, items: list[Item], done: Callable[[Outcome], None], *, own: bool = False) -> list[Outcome]:
        """Sends items one after the other. `own`: without the officers' signatures, in the relay's own name."""
        outcomes = []
        for item in items:
            outcomes.append(await self._send(item, own))
            done(outcomes[-1])
        return outcomes

    async def _send(self, item: Item, own: bool) -> Outcome:
        if not own and not item.signed:
            return Outcome(item.id, 0, code="signature.missing", words=UNSIGNED)
        outcome = Outcome(item.id, 0, code="line.lost", words="nobody answered")
        for again in range(TRIES):
            if again:
                await asyncio.sleep(min(0.5 * 2**again, 15.0))
            try:
                outcome = await self._untokened(item) or await self._once(item, own)
            except _LOST:
                continue
            if outcome.status not in LATER:
                break
            self._phone.drop_token()
        return outcome

    async def _once(self, item: Item, own: bool) -> Outcome:
        headers = self._phone.relay(item.tag, item.method, item.path, _officers(item, own))
        if item.kind == "photo":
            headers |= {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
        status, body = await self._ask(Request(item.method, item.path, headers, item.body))
        if status in (200, 201) and body:
            return Outcome(item.id, status, receipt=msgspec.Raw(body))
        return _refusal(item.id, status, body)

    async def _untokened(self, item: Item) -> Outcome | None:
        """Why there is no token, where there is none."""
        if not self._phone.wants_token():
            return None
        status, body = await self._ask(self._phone.token_request())
        return None if self._phone.tokened(status, body) else _refusal(item.id, status, body)

    async def _ask(self, request: Request) -> tuple[int, bytes]:
        async with self._session.request(
            request.method, self._base + request.path, headers=request.headers, data=request.body, timeout=_TIMEOUT
        ) as answer:
            return answer.status, await answer.read()


def _officers(item: Item, own: bool) -> dict[str, str]:
    """The item's headers; with the officer's certificate unless it is handed in in the relay's own name."""
    if own:
        return {name: value for name, value in item.headers.items() if not name.startswith("signature")}
    return item.headers | {"suara-officer-certificate": item.certificate}


def _refusal(item: str, status: int, body: bytes) -> Outcome:
    try:
        told = msgspec.json.decode(body)
        return Outcome(item, status, code=str(told["code"]), words=str(told["petunjuk"]))
    except (msgspec.DecodeError, KeyError, TypeError):
        return Outcome(item, status, code=f"http.{status}")


async def enrol(accounts: str, phone: Phone, code: str) -> Outcome:
    """Enrols the relay's own device with the accounts service at `accounts`."""
    request = phone.enrolment(code)
    async with (
        aiohttp.ClientSession() as session,
        session.post(accounts.rstrip("/") + request.path, data=request.body, headers=request.headers) as answer,
    ):
        body = await answer.read()
    if phone.enrolled(answer.status, body):
        return Outcome("", answer.status, receipt=msgspec.Raw(b"{}"))
    return _refusal("", answer.status, body)


class Ledger:
    """Receipts beside the stick's files, one a line, for the officers whose items they are."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "receipts.jsonl"

    def known(self) -> set[str]:
        """Ids of items that have their receipt."""
        if not self._path.exists():
            return set()
        return {str(msgspec.json.decode(line)["id"]) for line in self._path.read_bytes().splitlines()}

    def write(self, outcome: Outcome) -> None:
        """Adds a receipt."""
        if outcome.receipt is not None:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode({"id": outcome.id, "receipt": outcome.receipt}) + b"\n")
