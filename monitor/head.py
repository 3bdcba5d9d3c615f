"""A log's head as an outsider takes it: signed, witnessed, and the continuation of every head seen before.

That the entries are those of the head is `whole`'s to check.
"""

from msgspec import Struct

from monitor.address import Absent, Address
from monitor.finding import Finding
from tlog.note import Checkpoint, NoteError
from tlog.policy import Policy
from tlog.tile import Tile, TileError
from tlog.tiled import TiledTree
from tlog.witness import Seen

FATAL = frozenset({"log.absent", "log.unsigned", "log.shrunk", "log.forked", "log.missing", "log.malformed"})
"""Findings after which a head says nothing about entries."""


CONTRADICTS = frozenset({"log.shrunk", "log.forked"})
"""Findings that two signed heads prove."""


class Head(Struct, frozen=True):
    """What a log says it holds. `checkpoint` is None where no head can be believed; `findings` say why."""

    folder: str  # below the address
    checkpoint: Checkpoint | None
    cosigned: int = 0  # witnesses of the policy that signed it
    findings: tuple[Finding, ...] = ()
    note: str = ""  # as it was signed: where heads contradict each other, the proof


def read(address: Address, folder: str, origin: str, policy: Policy, seen: Seen) -> Head:
    """The head of the log at `folder`, held against what was `seen` of it last. Raises Unreachable."""
    try:
        note = address.read(f"{folder}/checkpoint").decode()
        opened = policy.open(note)
        checkpoint = Checkpoint.parse(opened.text)
    except Absent:
        return Head(folder, None, findings=(Finding("log.absent", origin, folder),))
    except (NoteError, UnicodeDecodeError) as error:
        return Head(folder, None, findings=(Finding("log.unsigned", origin, str(error)),))
    signers = {(found.name, found.key_id) for found in opened.verified}
    own = [key for key in policy.log_keys if key.name == origin]
    if checkpoint.origin != origin or not any((key.name, key.key_id) in signers for key in own):
        return Head(folder, None, findings=(Finding("log.unsigned", origin, checkpoint.origin),))
    cosigned = sum((key.name, key.key_id) in signers for key in policy.witness_keys)
    findings = [] if policy.satisfied(opened) else [Finding("log.unwitnessed", origin, f"{cosigned}")]
    findings += _grown(address, folder, checkpoint, seen)
    return Head(folder, checkpoint, cosigned, tuple(findings), note)


def _grown(address: Address, folder: str, head: Checkpoint, seen: Seen) -> list[Finding]:
    """Whether the head goes on from `seen`, by the tiles as they are served now."""
    if seen.size == 0:
        return []
    if head.size < seen.size:
        return [Finding("log.shrunk", head.origin, f"{head.size} < {seen.size}")]

    def tile(wanted: Tile) -> bytes:
        return address.read(f"{folder}/{wanted.path}")

    try:
        tree = TiledTree(head.size, tile)
        if tree.root() != head.root or tree.node(0, seen.size) != seen.root:
            return [Finding("log.forked", head.origin, f"{seen.size} → {head.size}")]
    except Absent as absent:
        return [Finding("log.missing", head.origin, str(absent))]
    except TileError as error:
        return [Finding("log.malformed", head.origin, str(error))]
    return []
