"""Asking witnesses for their signatures (C2SP tlog-witness). A witness that is away costs a signature, not the log."""

import asyncio
import logging
from collections.abc import Callable

import aiohttp

from tlog.note import NoteError, Signature, Verifier, open_note
from tlog.policy import Policy
from tlog.witness import SIZE_TYPE, Request

LARGEST = 4096
"""Bytes of an answer: a few signature lines. A witness is somebody else's machine, and sends us nowhere."""

_LOST = (aiohttp.ClientError, OSError, TimeoutError, NoteError, ValueError)

log = logging.getLogger(__name__)


class Witnesses:
    """The witnesses of a policy, asked for one log's heads. Those without an address are somebody else's to ask."""

    def __init__(self, session: aiohttp.ClientSession, policy: Policy, patience: float = 0.8) -> None:
        self._session = session
        self._policy = policy
        self._seen = {key: (url, 0) for key, url in policy.witnesses.values() if url}
        self._patience = patience

    def enough(self, note: str) -> bool:
        """Whether the note has the cosignatures that the policy asks for."""
        return self._policy.satisfied(self._policy.open(note))

    async def cosign(self, note: str, request: Callable[[int], Request]) -> list[Signature]:
        """The cosignatures that came within `patience` seconds. `request(old)` asks for growth from `old` entries."""
        asked = [self._ask(witness, note, request) for witness in self._seen]
        return [line for found in await asyncio.gather(*asked) for line in found]

    async def _ask(self, witness: Verifier, note: str, request: Callable[[int], Request]) -> list[Signature]:
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(3):  # another publisher may move it between our two questions
                    answer = await self._once(witness, await asyncio.to_thread(request, self._seen[witness][1]))
                    if answer is not None:
                        text = note.rpartition("\n\n")[0] + "\n"
                        opened = open_note(f"{text}\n{answer}", [witness])
                        return list(opened.verified)
        except _LOST as error:
            log.warning("witness %s: %s: %s", witness.name, type(error).__name__, error)
        return []

    async def _once(self, witness: Verifier, request: Request) -> str | None:
        """The signature lines; None where the witness names another old size, which is kept."""
        url, _ = self._seen[witness]
        address = url.rstrip("/") + "/add-checkpoint"
        async with self._session.post(address, data=request.body.encode(), allow_redirects=False) as response:
            body = (await _short(response)).decode()
            if response.status == 200:
                self._seen[witness] = url, request.checkpoint.size
                return body
            if response.status == 409 and response.content_type == SIZE_TYPE and int(body) <= request.checkpoint.size:
                if int(body) == request.old:
                    raise NoteError(f"it has seen another tree of {request.old} entries")
                self._seen[witness] = url, int(body)
                return None
            raise NoteError(f"{response.status} {body[:100]!r}")


async def _short(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    while len(body) < LARGEST and (piece := await response.content.read(LARGEST - len(body))):
        body += piece
    return body
