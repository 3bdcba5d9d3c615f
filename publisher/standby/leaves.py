"""The entries of one public log, read from its files and held against a signed head: nothing else is believed.

What entries mean is `recount`'s. Blocking.
"""

from collections.abc import Iterator
from typing import ClassVar

from election.errors import Damaged, Unavailable
from storage.errors import LogFileMissing
from storage.logs import LogFiles
from tlog.note import Checkpoint, NoteError
from tlog.policy import Policy
from tlog.tile import WIDTH, Tile, TileError, decode_entries
from tlog.tree import Frontier, leaf_hash


class NoHead(Unavailable):
    """The log has no signed head that covers enough."""

    code = "standby.no_head"
    advice: ClassVar[dict[str, str]] = {
        "id": "Log {contest} belum mencakup catatan {number} dengan tanda tangan yang sah: {reason}",
        "en": "The log of {contest} does not cover entry {number} under a good signature: {reason}",
    }


class NotTheLog(Damaged):
    """The files are not what was signed."""

    code = "standby.not_the_log"
    advice: ClassVar[dict[str, str]] = {
        "id": "Berkas log {contest} bukan yang ditandatangani: {reason}. Jalankan: suara verify",
        "en": "The files of the log of {contest} are not what was signed: {reason}. Run: suara verify",
    }


def head(files: LogFiles, policy: Policy | None, contest: str, number: int) -> Checkpoint:
    """The published head, which covers `number` entries at least. Raises NoHead."""
    found = files.checkpoint()
    if policy is None or found is None:
        raise NoHead(contest=contest, number=number, reason="there is no policy or no checkpoint")
    try:
        checkpoint = Checkpoint.parse(policy.open(found[1]).text)
    except NoteError as error:
        raise NoHead(contest=contest, number=number, reason=str(error)) from None
    if checkpoint.size < number:
        raise NoHead(contest=contest, number=number, reason=f"it has {checkpoint.size} entries")
    return checkpoint


def entries(files: LogFiles, checkpoint: Checkpoint, contest: str) -> Iterator[tuple[int, list[bytes]]]:
    """Number of the first, and the leaves, bundle after bundle. Raises NotTheLog, at the end at the latest: what comes
    out may be believed once all of it has."""
    tree = Frontier()
    for start in range(0, checkpoint.size, WIDTH):
        found = _bundle(files, start // WIDTH, min(WIDTH, checkpoint.size - start), contest)
        for leaf in found:
            tree.append(leaf_hash(leaf))
        yield start + 1, found
    if tree.root() != checkpoint.root:
        raise NotTheLog(contest=contest, reason="the entries have another root")


def _bundle(files: LogFiles, index: int, width: int, contest: str) -> list[bytes]:
    """A bundle; one that was partial when its head was signed may be full by now."""
    try:
        for wide in dict.fromkeys((width, WIDTH)):
            if (data := files.read(Tile(None, index, wide).path)) is not None:
                return decode_entries(data, wide)[:width]
    except TileError as error:
        raise NotTheLog(contest=contest, reason=str(error)) from None
    raise NotTheLog(contest=contest, reason=str(LogFileMissing(path=Tile(None, index, width).path)))
