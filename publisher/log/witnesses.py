"""Asking witnesses for their signatures (C2SP tlog-witness). A witness that is away costs a signature, not the log."""

import asyncio
import logging
from collections.abc import Callable, Sequence

import aiohttp
from msgspec import Struct

from tlog.note import NoteError, Signature, Verifier, open_note
from tlog.witness import SIZE_TYPE, Request

_LOST = (aiohttp.ClientError, OSError, TimeoutError, NoteError, ValueError)

log = logging.getLogger(__name__)


class Witness(Struct, frozen=True):
    """Where a witness is asked, and the key that its cosignatures must have."""

    url: str
    key: str

    @property
    def verifier(self) -> Verifier:
        """Checks its cosignatures. Raises NoteError."""
        return Verifier.parse(self.key)


class Witnesses:
    """All witnesses of one log."""

    def __init__(self, session: aiohttp.ClientSession, witnesses: Sequence[Witness], patience: float = 0.8) -> None:
        self._session = session
        self._verifiers = {witness: witness.verifier for witness in witnesses}
        self._seen = dict.fromkeys(witnesses, 0)
        self._patience = patience

    async def cosign(self, note: str, request: Callable[[int], Request]) -> list[Signature]:
        """The cosignatures that came within `patience` seconds. `request(old)` asks for growth from `old` entries."""
        asked = [self._ask(witness, note, request) for witness in self._verifiers]
        return [line for found in await asyncio.gather(*asked) for line in found]

    async def _ask(self, witness: Witness, note: str, request: Callable[[int], Request]) -> list[Signature]:
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(3):  # another publisher may move it between our two questions
                    answer = await self._once(witness, await asyncio.to_thread(request, self._seen[witness]))
                    if answer is not None:
                        text = note.rpartition("\n\n")[0] + "\n"
                        opened = open_note(f"{text}\n{answer}", [self._verifiers[witness]])
                        return list(opened.verified)
        except _LOST as error:
            log.warning("witness %s: %s: %s", witness.url, type(error).__name__, error)
        return []

    async def _once(self, witness: Witness, request: Request) -> str | None:
        """The signature lines; None where the witness names another old size, which is kept."""
        address = witness.url.rstrip("/") + "/add-checkpoint"
        async with self._session.post(address, data=request.body.encode()) as response:
            body = (await response.read()).decode()
            if response.status == 200:
                self._seen[witness] = request.checkpoint.size
                return body
            if response.status == 409 and response.content_type == SIZE_TYPE and int(body) <= request.checkpoint.size:
                if int(body) == request.old:
                    raise NoteError(f"it has seen another tree of {request.old} entries")
                self._seen[witness] = int(body)
                return None
            raise NoteError(f"{response.status} {body[:100]!r}")
