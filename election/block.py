"""The states of a block, their words, and which event moves a block from one to another.

`docs/state-machines.md` draws this machine, the database constrains its words, and `record` walks it; a test holds
the four together. What a contest's blocks are is `contest`'s to say.
"""

from enum import StrEnum


class BlockState(StrEnum):
    """Where a block stands. The words are the database's; people read those of `WORDS`."""

    AWAITED = "awaited"
    RECEIVED = "received"
    READ = "read"
    HELD = "held"
    COUNTED = "counted"
    VERIFIED = "verified"
    FINAL = "final"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


WORDS: dict[BlockState, dict[str, str]] = {
    BlockState.AWAITED: {"id": "belum masuk", "en": "not yet in"},
    BlockState.RECEIVED: {"id": "diterima", "en": "received"},
    BlockState.READ: {"id": "dibaca", "en": "read"},
    BlockState.HELD: {"id": "ditahan", "en": "held"},
    BlockState.COUNTED: {"id": "dihitung", "en": "counted"},
    BlockState.VERIFIED: {"id": "diverifikasi", "en": "verified"},
    BlockState.FINAL: {"id": "final", "en": "final"},
    BlockState.SUPERSEDED: {"id": "diganti", "en": "superseded"},
    BlockState.WITHDRAWN: {"id": "ditarik", "en": "withdrawn"},
}
"""One word a state, everywhere."""

COUNTING = frozenset({BlockState.COUNTED, BlockState.VERIFIED, BlockState.FINAL})
"""States whose figures are in the totals."""

PEOPLE = frozenset({BlockState.VERIFIED, BlockState.FINAL, BlockState.SUPERSEDED, BlockState.WITHDRAWN})
"""States that people decided: no machine's decision changes them."""

UNDECIDED = (BlockState.AWAITED, BlockState.RECEIVED, BlockState.READ)
"""States of a block on which nobody has decided yet, in this version of its record."""

_DECIDED = (BlockState.HELD, BlockState.COUNTED, BlockState.VERIFIED, BlockState.FINAL)
_MACHINE = (*UNDECIDED, BlockState.HELD, BlockState.COUNTED)

MOVES: dict[str, frozenset[tuple[BlockState, BlockState]]] = {
    "scan_received": frozenset(
        {
            (BlockState.AWAITED, BlockState.RECEIVED),
            (BlockState.READ, BlockState.RECEIVED),  # another photo of a page that could not be read
        }
    ),
    "reading_submitted": frozenset({(BlockState.AWAITED, BlockState.RECEIVED)}),
    "page_read": frozenset(
        {
            (BlockState.RECEIVED, BlockState.READ),
            (BlockState.READ, BlockState.RECEIVED),  # a second look fails, and a newer photo still waits for its first
        }
    ),
    "block_counted": frozenset((before, BlockState.COUNTED) for before in _MACHINE),
    "block_held": frozenset((before, BlockState.HELD) for before in _MACHINE),
    "block_corrected": frozenset(
        (before, BlockState.VERIFIED) for before in (*UNDECIDED, *_DECIDED, BlockState.WITHDRAWN)
    ),
    "block_withdrawn": frozenset((before, BlockState.WITHDRAWN) for before in (*_DECIDED, BlockState.WITHDRAWN)),
    "area_confirmed": frozenset({(BlockState.COUNTED, BlockState.FINAL), (BlockState.VERIFIED, BlockState.FINAL)}),
    "result_determined": frozenset({(BlockState.COUNTED, BlockState.FINAL), (BlockState.VERIFIED, BlockState.FINAL)}),
    "version_opened": frozenset(
        (before, BlockState.SUPERSEDED) for before in (*UNDECIDED, *_DECIDED, BlockState.WITHDRAWN)
    ),
}
"""Kind of event → the moves it makes. Kinds that are not here move no block; every other move is impossible.

After `version_opened` a new block of the same name stands at `awaited` where the superseded one stood.
"""
