"""An officer's line to the front door: slow, cut off, silent, and in the end patient.

What is sent and when lives in `officer`; here is only how one upload gets through.
"""

import asyncio
import base64
import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from election.errors import Rejected
from loadtest.night.ledger import Receipt

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_LOST = (aiohttp.ClientError, OSError, TimeoutError)
_LATER = frozenset({408, 429, 500, 502, 503, 504})


class BadAddress(Rejected):
    """The front door's address is none that a phone could call."""

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


class Item(Struct, frozen=True):
    """One upload: everything a retry needs to be the same again."""

    name: str
    id: str
    contest: str
    tps: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(Struct, frozen=True):
    """What the door said in the end."""

    status: int
    receipt: Receipt | None
    code: str | None


def scan_item(name: str, client_id: str, contest: str, tps: str, page: int, photo: bytes) -> Item:
    """A photo ready to send."""
    headers = {
        "Content-Type": "image/jpeg",
        "Content-Digest": content_digest(photo),
        "Suara-Contest": contest,
        "Suara-Tps": tps,
        "Suara-Page": str(page),
    }
    return Item(name, client_id, contest, tps, f"/v1/scans/{client_id}", headers, photo)


def reading_item(client_id: str, contest: str, tps: str, figures: dict[str, int]) -> Item:
    """The officer's figures ready to send."""
    body = msgspec.json.encode({"contest": contest, "tps": tps, "figures": figures})
    headers = {"Content-Type": "application/json", "Content-Digest": content_digest(body)}
    return Item("reading", client_id, contest, tps, f"/v1/readings/{client_id}", headers, body)


def content_digest(body: bytes) -> str:
    """`Content-Digest` of RFC 9530."""
    return f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try: doubling, jittered, never more than a few."""
    pause = _FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * 2, _LONGEST_PAUSE)


class Phone:
    """Sends items to one front door. `retried` is called before every further try."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, retried: Callable[[], None]) -> None:
        self._session = session
        self._base = checked_address(base_url)
        self._retried = retried

    async def send(self, item: Item) -> Answer:
        """Tries until the door has answered for good: a receipt, or a refusal that trying again cannot mend."""
        for pause in pauses():
            answer = await self._once(item)
            if answer is not None:
                return answer
            self._retried()
            await asyncio.sleep(pause)
        raise AssertionError("pauses never end")

    async def _once(self, item: Item) -> Answer | None:
        try:
            async with self._session.put(
                self._base + item.path, data=item.body, headers=item.headers, timeout=_TIMEOUT
            ) as response:
                return _answer(response.status, await response.read())
        except _LOST:
            return None

    async def look_up(self, item: Item) -> Answer | None:
        """The receipt whose reply was lost, or None where nothing was acknowledged (or nobody answers)."""
        params = {"journal": item.contest}
        try:
            async with self._session.get(
                f"{self._base}/v1/receipts/{item.id}", params=params, timeout=_TIMEOUT
            ) as response:
                answer = _answer(response.status, await response.read())
        except _LOST:
            return None
        return answer if answer is not None and answer.receipt is not None else None

    async def send_and_lose(self, item: Item, share: float) -> None:
        """Sends the first `share` of the body (1.0 = all of it) and drops the line without reading the reply."""
        url = urlsplit(self._base)
        tls = url.scheme == "https"
        try:
            _, writer = await asyncio.wait_for(
                asyncio.open_connection(url.hostname, url.port or (443 if tls else 80), ssl=tls or None), 5
            )
        except _LOST:
            return
        writer.transport.set_write_buffer_limits(high=0)  # so that drain means: with the kernel
        try:
            writer.write(_head(item, url.netloc, url.path) + item.body[: int(len(item.body) * share)])
            async with asyncio.timeout(30):
                await writer.drain()
            await asyncio.sleep(0.01)  # let the last bytes leave before the line goes
        except _LOST:
            pass
        finally:
            writer.transport.abort()


def _head(item: Item, host: str, prefix: str) -> bytes:
    lines = [f"PUT {prefix}{item.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(item.body)}"]
    lines += [f"{name}: {value}" for name, value in item.headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def _answer(status: int, body: bytes) -> Answer | None:
    """None where the door asks to come back later."""
    if status in _LATER:
        return None
    try:
        if status in (200, 201):
            return Answer(status, msgspec.json.decode(body, type=Receipt), None)
        return Answer(status, None, str(msgspec.json.decode(body).get("code", f"http.{status}")))
    except (msgspec.DecodeError, AttributeError):
        return None  # something between us and the door spoke: not an answer
