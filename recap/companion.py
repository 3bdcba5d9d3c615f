"""What works beside the engine of one contest: it sees rare events, and writes tables of its own in every cut.

A companion is a fold of the journal like the engine itself: whatever it keeps in memory can be thrown away and made
again from the events of its kinds. What the manual recapitulation and materiality make of that is theirs; when events
are folded, and when a cut is taken, is `engine`'s.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import asyncpg
from msgspec import Struct

from election.bundle import Bundle
from election.clock import Clock
from recap.state import State
from storage.journal import Entry, Journal


class Companion(Protocol):
    """Lives as long as its engine, in the same task loop; no method may hold the loop for more than some milliseconds.

    A failure of `work` or `publish` ends the engine as one of its own would, except where a server is away: then the
    cut, or the work, is tried again.
    """

    kinds: frozenset[str]
    """Tags of the events that it wants to see, e.g. `recap_entered`. Rare ones: at a start they are all replayed."""

    def fold(self, entries: Sequence[Entry]) -> None:
        """Takes in entries of its kinds, in the order of the journal. One that it has already taken in is passed over.

        Called before the state moves past them: at a start with everything up to the state's number, then as they come.
        """

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Writes what has changed, inside the cut's transaction. `number` is the cut's, and that of the state, which
        stands still until this is done. Idempotent: a cut that fails is tried again, perhaps by another engine.
        """

    async def work(self) -> None:
        """Whatever it does in its own time, until cancelled; where there is nothing, an endless wait.

        Raises LOST or Unavailable where a server is away: it is called again. Wakes the engine by `Seat.changed` where
        it has something to publish that no event brought.
        """


class Seat(Struct, frozen=True):
    """What a companion is given: the contest that it sits beside.

    `state` is the engine's, moved by nobody else; read it only where there is no `await` in between. `changed` asks
    for another cut soon.
    """

    bundle: Bundle
    key: str
    state: State
    journal: Journal
    pool: asyncpg.Pool
    clock: Clock
    changed: Callable[[], None]


Take = Callable[[Seat], Companion]
"""How the engine takes on a companion, one for each contest: `recap.plenary.companion`, `recap.outlook.companion`."""
