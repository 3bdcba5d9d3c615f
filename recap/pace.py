"""How often an engine does what."""

from msgspec import Struct


class Pace(Struct, frozen=True):
    """How often what happens; seconds where not said otherwise."""

    cut: float = 0.04
    snapshot: float = 60.0
    snapshot_events: int = 200_000
    check: float = 60.0
    strange: float = 15.0  # between two looks for rows that no cut has written
    again: float = 0.5  # until scores that were missing are asked for anew
    judged: int = 16  # records whose decisions are appended together; each takes some 20 ms to decode
    looked: int = 200  # records of which nothing new is known, looked at together
    rows: int = 100  # TPS a transaction; while more wait, totals are published ahead of them
