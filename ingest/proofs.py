"""The second stage of a receipt: proof that the entry stands in the public log, under a head that witnesses signed."""

import asyncio
from dataclasses import replace

from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.later import ProofNotYet
from ingest.receipts import place_of
from storage.logs import LogFiles
from storage.opened import Storage
from tlog.note import NoteError
from tlog.policy import PolicyError
from tlog.proof import Proof

RETRY = 5
"""Seconds; a head is at most one old, and a witness that is away comes back or is replaced."""


async def get_proof(door: Door, ask: Ask) -> Answer:
    """`GET /v1/receipts/{uuid}/proof?journal=ppwp`: the `.tlog-proof` of what was sent under that id.

    Its `extra` is the entry itself, as the log has it, so that a phone can follow the path from what it sent to the
    head. It says no more than the public log does, so whoever knows the id may have it. Raises BadId, QueryMissing,
    UnknownContest, ReceiptUnknown, ProofNotYet, LogFileMissing, JournalDamaged.
    """
    journal, number = await place_of(door, ask)
    proof = await asyncio.to_thread(_proof, door.storage, journal, number - 1)
    if proof is None:
        raise ProofNotYet(number=number, retry=RETRY)
    (entry,) = await door.storage.journal(journal).leaves(number - 1, 1)
    headers = (("Cache-Control", "no-store"), ("Content-Disposition", f'inline; filename="{journal}.tlog-proof"'))
    return Answer(200, replace(proof, extra=entry).text.encode(), headers, "text/plain; charset=utf-8")


def _proof(storage: Storage, journal: str, index: int) -> Proof | None:
    """The proof, where the published head reaches so far and has the signatures that the published policy asks for."""
    files: LogFiles = storage.log(journal)
    try:
        policy, proof = storage.log_policy(), files.proof(index)
        if policy is None or proof is None or not policy.satisfied(policy.open(proof.checkpoint)):
            return None
    except (PolicyError, NoteError):
        return None
    return proof
