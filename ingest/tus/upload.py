"""The life of an upload as a pure state machine: open, whole, kept. Files, locks and sockets are elsewhere.

    (nothing) ──create──▶ open ──arrived──▶ open … whole ──keep──▶ kept
                            └──end──▶ (nothing)   └── hash differs ──▶ (nothing)

`open` expires; `whole` is not said to anybody before it is `kept`: an offset that equals the length is a receipt to
every tus client.
"""

from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from ingest.errors import Conflict
from ingest.tus.errors import AlreadyKept, BeyondLength, OffsetDiffers
from ingest.tus.promise import Promise


class State(Enum):
    """How far an upload has come."""

    OPEN = "open"  # bytes are missing
    WHOLE = "whole"  # every byte is here, and intake has not taken the photo yet
    KEPT = "kept"  # intake has; for ever


class Upload(Struct, frozen=True):
    """An upload at one moment."""

    promise: Promise
    offset: int = 0  # bytes that are here
    kept: bool = False

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.kept:
            return State.KEPT
        return State.WHOLE if self.offset == self.promise.length else State.OPEN


def create(present: Upload | None, promise: Promise) -> Upload:
    """The upload that a POST names: a new one, or the present one said again. Raises Conflict for another photo."""
    if present is None:
        return Upload(promise)
    if present.promise != promise:
        raise Conflict()
    return present


def resume(upload: Upload, offset: int, size: int | None) -> None:
    """Whether a piece of `size` bytes (None: not known yet) may begin at `offset`. Changes nothing.

    Raises OffsetDiffers, BeyondLength. A kept upload takes nothing but nothing at its end.
    """
    if offset != upload.offset:
        raise OffsetDiffers(offset=upload.offset, sent=offset)
    if upload.offset + (size or 0) > upload.promise.length:
        raise BeyondLength(length=upload.promise.length)


def arrived(upload: Upload, size: int) -> Upload:
    """The upload with `size` more bytes. Raises BeyondLength."""
    if upload.kept or upload.offset + size > upload.promise.length:
        raise BeyondLength(length=upload.promise.length)
    return replace(upload, offset=upload.offset + size)


def keep(upload: Upload) -> Upload:
    """The upload once intake has its photo; doing it again changes nothing."""
    if upload.state is State.OPEN:
        raise ValueError("bytes are missing")
    return replace(upload, kept=True)


def end(upload: Upload) -> None:
    """Whether its sender may end it (extension termination). Raises AlreadyKept."""
    if upload.state is not State.OPEN:
        raise AlreadyKept()
