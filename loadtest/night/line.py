"""An officer's line to the front door: slow, cut off, silent, and in the end patient.

What is sent and when lives in `officer`; here is only how one item gets through: a photo in one request where the line
holds, from where it broke where it does not.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from election.errors import Rejected
from loadtest.night.item import PIECE_TYPE, Item
from loadtest.night.ledger import Receipt
from loadtest.night.phones import Phones
from loadtest.phone import Phone

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_LOST = (aiohttp.ClientError, OSError, TimeoutError)
_LATER = frozenset({408, 429, 500, 502, 503, 504, 507})
_PROOFS = 5
"""How often an officer whose token is not taken gets another one before giving up."""

TUS = {"Tus-Resumable": "1.0.0"}


class BadAddress(Rejected):
    """An address is none that a phone could call."""

    code: ClassVar[str] = "night.bad_address"
    advice: ClassVar[dict[str, str]] = {
        "id": "{url} bukan alamat http:// atau https://.",
        "en": "{url} is no http:// or https:// address.",
    }


def checked_address(url: str) -> str:
    """The address without a slash at its end. Raises BadAddress: trying again would never mend it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadAddress(url=url)
    return url.rstrip("/")


class Answer(Struct, frozen=True):
    """What the door said in the end."""

    status: int
    receipt: Receipt | None
    code: str | None


class _Said(Struct, frozen=True):
    """One HTTP answer."""

    status: int
    offset: int | None
    body: bytes


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try: doubling, jittered, never more than a few."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * 2, _LONGEST_PAUSE)


class Courier:
    """Gets items through to one front door. `retried` is called before every further try."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, phones: Phones, retried: Callable[[], None]
    ) -> None:
        self._session = session
        self._base = checked_address(base_url)
        self._phones = phones
        self._retried = retried
        self._begun: set[str] = set()  # ids of photos of which something may have arrived

    async def send(self, item: Item) -> Answer:
        """Tries until the door has answered for good: a receipt, or a refusal that trying again cannot mend."""
        unproven = 0
        for pause in pauses():
            answer = await self._once(item)
            if answer is not None and answer.status == 401 and unproven < _PROOFS:
                unproven += 1
                (await self._phones.of(item.tps)).drop_token()
            elif answer is not None:
                self._begun.discard(item.id)
                return answer
            self._retried()
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def look_up(self, item: Item) -> Answer | None:
        """The receipt whose reply was lost, or None where nothing was acknowledged (or nobody answers)."""
        try:
            answer = await self._receipt(await self._phone(item), item)
        except _LOST:
            return None
        return answer if answer is not None and answer.receipt is not None else None

    async def send_and_lose(self, item: Item, share: float) -> None:
        """Sends the first `share` of the body (1.0 = all of it) and drops the line without reading the reply."""
        if item.is_photo:
            self._begun.add(item.id)
        url = urlsplit(self._base)
        tls = url.scheme == "https"
        try:
            head = _head(item, _opening(await self._phone(item), item), url.netloc, url.path)
            _, writer = await asyncio.wait_for(
                asyncio.open_connection(url.hostname, url.port or (443 if tls else 80), ssl=tls or None), 5
            )
        except _LOST:
            return
        writer.transport.set_write_buffer_limits(high=0)  # so that drain means: with the kernel
        try:
            writer.write(head + item.body[: int(len(item.body) * share)])
            async with asyncio.timeout(30):
                await writer.drain()
            await asyncio.sleep(0.01)  # let the last bytes leave before the line goes
        except _LOST:
            pass
        finally:
            writer.transport.abort()

    async def _once(self, item: Item) -> Answer | None:
        """One try; None where another one is due."""
        try:
            phone = await self._phone(item)
            if item.id in self._begun:
                return await self._go_on(phone, item)
            said = await self._ask("POST" if item.is_photo else "PUT", item, _opening(phone, item), item.body)
        except _LOST:
            if item.is_photo:
                self._begun.add(item.id)
            return None
        if said.status == 201 and said.offset is not None and said.offset < len(item.body):
            self._begun.add(item.id)
            return None
        return _answer(said)

    async def _go_on(self, phone: Phone, item: Item) -> Answer | None:
        """Asks how much of a photo is there, and sends the rest; begins again where nothing is."""
        there = await self._ask("HEAD", item, TUS | phone.bearer())
        if there.status in (404, 410):
            self._begun.discard(item.id)
            return None
        if there.status != 200 or there.offset is None:
            return _answer(there)
        if there.offset < len(item.body):
            headers = TUS | phone.bearer() | {"Upload-Offset": str(there.offset), "Content-Type": PIECE_TYPE}
            said = await self._ask("PATCH", item, headers, item.body[there.offset :])
            if said.status != 204:
                return None if said.status == 409 else _answer(said)
        return await self._receipt(phone, item)

    async def _receipt(self, phone: Phone, item: Item) -> Answer | None:
        path = f"/v1/receipts/{item.id}?journal={item.contest}"
        return _answer(await self._request("GET", path, phone.bearer(), b""))

    async def _phone(self, item: Item) -> Phone:
        """The phone of the item's officer, with a token that is good for a while."""
        phone = await self._phones.of(item.tps)
        if phone.wants_token():
            asked = phone.token_request()
            said = await self._request("POST", asked.path, asked.headers, asked.body)
            if not phone.tokened(said.status, said.body):
                raise aiohttp.ClientPayloadError(f"no token: {said.status}")
        return phone

    async def _ask(self, method: str, item: Item, headers: dict[str, str], body: bytes = b"") -> _Said:
        return await self._request(method, "/v1/uploads" if method == "POST" else item.address, headers, body)

    async def _request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> _Said:
        async with self._session.request(
            method, self._base + path, data=body, headers=headers, timeout=_TIMEOUT
        ) as response:
            offset = response.headers.get("Upload-Offset")
            return _Said(response.status, None if offset is None else int(offset), await response.read())


def _opening(phone: Phone, item: Item) -> dict[str, str]:
    """Headers of the request that begins an item, signed."""
    if not item.is_photo:
        return phone.reading(item.address, item.body)
    return TUS | {"Content-Type": PIECE_TYPE} | phone.scan(len(item.body), item.metadata)


def _head(item: Item, headers: dict[str, str], host: str, prefix: str) -> bytes:
    method, path = ("POST", "/v1/uploads") if item.is_photo else ("PUT", item.address)
    lines = [f"{method} {prefix}{path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(item.body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def _answer(said: _Said) -> Answer | None:
    """None where the door asks to come back later, or where something between us and the door spoke."""
    if said.status in _LATER:
        return None
    try:
        if said.status in (200, 201):
            return Answer(said.status, msgspec.json.decode(said.body, type=Receipt), None)
        code = msgspec.json.decode(said.body).get("code") if said.body else None
        return Answer(said.status, None, str(code or f"http.{said.status}"))
    except (msgspec.DecodeError, AttributeError):
        return None
