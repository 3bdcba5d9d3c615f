"""How long originals of photos are kept and who can open them: rules of one election, each with the text it rests on.

A rule counts from the day on which its contest is closed: every record determined, no dispute open (`Closing`). What
carries a rule out is `storage.seal`'s.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct, field

from election.event import AnyEvent, DisputeMoved, DisputeOpened, ResultDetermined, VersionOpened
from election.region import Tree

KINDS: Final = frozenset({"result_determined", "version_opened", "dispute_opened", "dispute_moved"})
"""Kinds of events that say whether a contest is closed."""

OPERATING, ORIGINAL = "operating", "original"

_ENDED = frozenset({"cleared", "upheld", "upheld_in_part"})


class Rule(Struct, frozen=True):
    """What happens `days` after a contest is closed."""

    days: int
    law: str

    def __post_init__(self) -> None:
        """Raises ValueError: nothing goes on the day itself."""
        if self.days < 1:
            raise ValueError(f"a retention of {self.days} days is none")


RULES: Final[Mapping[str, Rule]] = {
    OPERATING: Rule(60, "UU 27/2022 art. 42(1)b, 43(1)a; disputes: UU 7/2017 art. 473-475 (unverified)"),
    ORIGINAL: Rule(1826, "UU 27/2022 art. 44(1)a, c; the archives' own schedule: UU 43/2009 (unverified)"),
}
"""`operating`: the operating key is destroyed, only the custodian opens. `original`: the originals are destroyed."""


class Retention(Struct, frozen=True):
    """The rules of one election, by name; those of `RULES` where its bundle says nothing."""

    rules: Mapping[str, Rule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError for a rule that there is not, and where the originals would go before the key."""
        if unknown := sorted(set(self.rules) - set(RULES)):
            raise ValueError(f"no such rule of retention: {', '.join(unknown)}")
        if self.rule(ORIGINAL).days < self.rule(OPERATING).days:
            raise ValueError("originals cannot be destroyed before the key that opens them")

    def rule(self, name: str) -> Rule:
        """The rule of this name."""
        return self.rules.get(name, RULES[name])


class Numbered(Protocol):
    """An entry of a journal."""

    @property
    def number(self) -> int:
        """Its place there."""

    @property
    def event(self) -> AnyEvent | None:
        """What happened; None for a kind that this release does not know."""


class Closing(Struct, frozen=True):
    """Whether a contest is closed. `since`: since when, None while it is not; then `why` says what keeps it open."""

    since: datetime | None
    why: str = ""
    upto: int = 0  # number of the last event that bears on it

    def due(self, rule: Rule) -> datetime | None:
        """When a rule may be carried out; None while nobody can say."""
        return None if self.since is None else self.since + timedelta(days=rule.days)


def closing(entries: Iterable[Numbered], tree: Tree, held: Collection[int]) -> Closing:
    """Whether a contest is closed, by the events of `KINDS` of its journal, in order.

    Args:
        entries: those events.
        tree: the areas.
        held: rows of the TPS that hold the contest.
    """
    determined: dict[str, int] = {}
    reopened: dict[str, int] = {}
    disputes: dict[int, str] = {}
    last, upto = "", 0
    for entry in entries:
        event, upto = entry.event, entry.number
        if isinstance(event, ResultDetermined):
            determined[event.tps] = entry.number
        elif isinstance(event, VersionOpened):
            reopened[event.tps] = entry.number
        elif isinstance(event, DisputeOpened):
            disputes[entry.number] = event.reference
        elif isinstance(event, DisputeMoved):
            if event.status in _ENDED:
                disputes.pop(event.dispute, None)
            else:
                disputes[event.dispute] = f"no. {event.dispute}"
        else:
            continue
        last = max(last, event.at)
    if disputes:
        return Closing(None, f"{len(disputes)} disputes are open, first {next(iter(disputes.values()))}", upto)
    lacking = _undetermined(tree, held, determined, reopened)
    if lacking:
        return Closing(None, f"{lacking} records are not determined", upto)
    return Closing(datetime.fromisoformat(last) if last else None, "" if last else "nothing is determined", upto)


def _undetermined(tree: Tree, held: Collection[int], determined: Mapping[str, int], reopened: Mapping[str, int]) -> int:
    """How many records no determination covers that is younger than their version."""
    by_area = {tree.area_index(kode): number for kode, number in determined.items()}
    lacking = 0
    for row in held:
        closed = max((by_area.get(area, 0) for area in tree.path(row)), default=0)
        lacking += closed == 0 or (bool(reopened) and reopened.get(tree.tps_kode(row), 0) > closed)
    return lacking
