"""What an officer holds, checked by anyone: a first-stage receipt or a `.tlog-proof`, against the log itself."""

import msgspec
from msgspec import Struct

from election.event import ScanReceived, from_row
from monitor.entries import Entries, NotThere
from monitor.finding import Finding
from tlog import proof as proofs
from tlog import receipt as receipts
from tlog.note import Checkpoint, NoteError, Verifier
from tlog.policy import Policy
from tlog.proof import Proof
from tlog.receipt import Receipt, ReceiptError
from tlog.tree import ProofError


class Public(Struct, frozen=True):
    """What an entry says of itself."""

    kind: str
    tps: str
    at: str


class Checked(Struct, frozen=True):
    """What a receipt came to: the entry's place and words, and what is wrong."""

    number: int
    log: str
    entry: str
    findings: tuple[Finding, ...]


def is_proof(text: str) -> bool:
    """Whether it is a `.tlog-proof`, else a first-stage receipt."""
    return text.startswith(proofs.HEADER)


def log_of(text: str) -> str:
    """The log that a receipt or proof speaks of: a contest's key. Raises ReceiptError, ProofError, NoteError."""
    if is_proof(text):
        body = Proof.parse(text).checkpoint.partition("\n\n")[0] + "\n"
        return Checkpoint.parse(body).origin.rpartition("/")[2]
    return Receipt.parse(text.partition("\n\n")[0] + "\n").contest


def check_proof(text: str, policy: Policy, entries: Entries) -> Checked:
    """A `.tlog-proof`: signed, witnessed, its entry the log's, and its head one that the log's head goes on from."""
    origin = entries.checkpoint.origin
    try:
        found = Proof.parse(text)
        entry = entries.get(found.index + 1)
        logs = [key for key in policy.log_keys if key.name == origin]
        opened = found.verify(entry, origin, logs, policy.witness_keys)
        head = Checkpoint.parse(opened.text)
    except (ProofError, NoteError, NotThere) as error:
        return Checked(0, origin, "", (Finding("receipt.invalid", origin, str(error)),))
    findings = [] if policy.satisfied(opened) else [Finding("log.unwitnessed", origin, str(len(opened.verified) - 1))]
    if head.size > entries.checkpoint.size or entries.tree.node(0, head.size) != head.root:
        findings.append(Finding("log.forked", origin, f"{head.size} → {entries.checkpoint.size}"))
    return Checked(found.index + 1, origin, entry.decode(errors="replace"), tuple(findings))


def check_receipt(text: str, key: Verifier, entries: Entries) -> Checked:
    """A first-stage receipt: signed, and what it promises stands at its number."""
    origin = entries.checkpoint.origin
    try:
        told = receipts.verify(text, key)
    except ReceiptError as error:
        return Checked(0, origin, "", (Finding("receipt.invalid", origin, str(error)),))
    try:
        entry = entries.get(told.number)
        findings = [Finding("receipt.not_in_log", origin, str(told.number))] if not _says(entry, told) else []
    except (NotThere, msgspec.DecodeError) as error:
        return Checked(told.number, origin, "", (Finding("receipt.not_in_log", origin, str(error)),))
    return Checked(told.number, origin, entry.decode(errors="replace"), tuple(findings))


def _says(entry: bytes, told: Receipt) -> bool:
    """Whether the entry is what was acknowledged; of a reading, whose figures are sealed, by kind, TPS and time."""
    said = msgspec.json.decode(entry, type=Public)
    if (said.kind, said.tps, said.at) != (told.kind, told.tps, told.at):
        return False
    if said.kind != "scan_received":
        return True
    event = from_row(entry, None)
    return isinstance(event, ScanReceived) and (event.page, event.sha256, event.size) == (
        told.page, told.sha256, told.size,
    )  # fmt: skip
