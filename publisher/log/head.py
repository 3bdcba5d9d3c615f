"""Signing heads: the last one is kept apart, and nothing is signed that contradicts it.

The file lies neither in the database nor beside the log, so that restoring either cannot make this log say two
things. What a checkpoint is, is `tlog.note`'s; what proves growth, `tlog.tree`'s.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from election.errors import Damaged, Unavailable
from storage.durable import write
from tlog.note import Checkpoint, Signer, compose, open_note
from tlog.tree import ProofError, verify_consistency


class LogBehind(Unavailable):
    """The journal is shorter than what was signed: it was restored from a copy that lacks acknowledged entries."""

    code = "log.behind"
    advice: ClassVar[dict[str, str]] = {
        "id": "Log {origin} pernah ditandatangani dengan {signed} entri; jurnal kini {found}. Pulihkan jurnal lengkap.",
        "en": "The log {origin} was signed with {signed} entries; the journal has {found}. Restore the whole journal.",
    }


class LogForked(Damaged):
    """The journal's entries are others than those that were signed."""

    code = "log.forked"
    advice: ClassVar[dict[str, str]] = {
        "id": "Log {origin}: {found} entri jurnal tidak melanjutkan {signed} entri yang sudah ditandatangani.",
        "en": "The log {origin}: the journal's {found} entries do not go on from the {signed} that were signed.",
    }


class Heads:
    """Signs one log's heads. `path` is the file that holds the last one; two publishers may share it."""

    def __init__(self, path: Path, signer: Signer) -> None:
        self._path = path
        self._signer = signer
        path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._signer.name

    def last(self) -> Checkpoint | None:
        """The last head signed here, None for the first."""
        try:
            note = self._path.read_text()
        except FileNotFoundError:
            return None
        return Checkpoint.parse(open_note(note, [self._signer.verifier]).text)

    def sign(self, head: Checkpoint, prove: Callable[[int], Sequence[bytes]]) -> str:
        """The signed note of `head`, on the disk before anyone sees it.

        `prove(old)` answers the proof that the tree of `head` began as the one of `old` entries. Raises LogBehind,
        LogForked, NoteError where the file was changed, OSError where it cannot be written.
        """
        with self.alone():
            last = self.last()
            if last is not None:
                _check(last, head, prove)
            note = compose(head.text, [self._signer.sign(head.text)])
            if head != last:
                write(self._path, note.encode(), 0o600)
        return note

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other publishers of this log from signing and showing meanwhile."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _check(last: Checkpoint, head: Checkpoint, prove: Callable[[int], Sequence[bytes]]) -> None:
    if head.size < last.size:
        raise LogBehind(origin=head.origin, signed=last.size, found=head.size)
    try:
        if head.origin != last.origin:
            raise ProofError("another log")
        if last.size:
            verify_consistency(last.root, last.size, head.size, prove(last.size), head.root)
    except ProofError:
        raise LogForked(origin=head.origin, signed=last.size, found=head.size) from None
