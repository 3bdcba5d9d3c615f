"""By which rules the machine decides now: the table in force, and from which probability on a reading is sure enough.

What a table may say is `election.policy`'s; deciding by it is `adjudicate`'s.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256

import asyncpg
from msgspec import Struct, field

from election import acceptance
from election import policy as policies
from election.acceptance import NEVER, Acceptance
from election.bundle.settings import Settings
from election.event import PolicyAdopted, canonical
from election.policy import DEFAULT, PRESETS, Action, Adoption, Table
from storage.journal import Entry

log = logging.getLogger(__name__)


class Policy(Struct, frozen=True, dict=True):
    """The rules by which the machine decides, by name: the name is in every decision and in its key.

    How sure a reading must be belongs to the model that made its scores: `measured` says it for each. What was
    released stands: another release's thresholds are for new evidence, and for what an adoption has decided anew.
    """

    rules: str = DEFAULT
    table: Table = field(default_factory=lambda: PRESETS[DEFAULT].table)
    measured: tuple[Acceptance, ...] = field(default_factory=acceptance.entries)
    since: int = 0
    """Number of the adoption that put it in force; 0: the bundle's own. Every block is judged anew after it."""

    @classmethod
    def of(cls, adoption: Adoption, measured: tuple[Acceptance, ...] | None = None) -> "Policy":
        """The policy of an adoption, by this release's thresholds where no others are given."""
        return cls(
            adoption.name, adoption.table, acceptance.entries() if measured is None else measured, adoption.number
        )

    @cached_property
    def name(self) -> str:
        """The rules' name, eight hex digits that stand for the table, and eight for all thresholds."""
        return f"{self.rules} {policies.digest(self.table)} {self.thresholds}"

    @cached_property
    def thresholds(self) -> str:
        """Eight hex digits that stand for all thresholds: the last word of `name`."""
        chosen = sorted((entry.model, kind, repr(p)) for entry in self.measured for kind, p in entry.thresholds.items())
        return sha256(canonical(chosen)).hexdigest()[:8]

    def action(self, codes: Iterable[str]) -> Action:
        """What to do in the situation that these codes name."""
        return self.table[policies.situation(codes)]

    def threshold(self, block: str, models: tuple[str, ...]) -> float:
        """The joint probability, of all figures of a block together, from which a reading that these models made is
        sure enough: the strictest of theirs, and out of reach where one was never measured."""
        known = {entry.model: entry.threshold(block) for entry in self.measured}
        return max((known.get(model, NEVER) for model in models), default=NEVER)


class PolicyInForce:
    """The policy of one contest as of the events folded: a companion of the engine, who asks it two things.

    `current` is what to judge by; `anew()` says, once after each change, that every record which anything is known of
    is owed a new look (`owed |= rows with state.last > 0`, after whatever is owed for new evidence). At a start the
    engine folds what lies before its snapshot and throws that answer away: the snapshot has what was owed.
    """

    kinds: frozenset[str] = frozenset({"policy_adopted"})

    def __init__(self, settings: Settings, measured: tuple[Acceptance, ...] | None = None) -> None:
        """`settings` are the bundle's, for the policy that holds before one is adopted."""
        self._adoption = policies.of_bundle(settings)
        self._measured = measured
        self.current = Policy.of(self._adoption, measured)
        self._changed = False

    @classmethod
    def fixed(cls, policy: Policy) -> "PolicyInForce":
        """What begins with this policy instead of a bundle's."""
        made = cls(Settings(), policy.measured)
        made._adoption, made.current = Adoption(policy.rules, policy.table, policy.since), policy
        return made

    def fold(self, entries: Sequence[Entry]) -> None:
        """Takes in adoptions; one that it knows already changes nothing."""
        for entry in entries:
            if not isinstance(entry.event, PolicyAdopted):
                continue
            before = self._adoption
            self._adoption = policies.standing([(entry.number, entry.event)], before)
            if self._adoption is before:
                continue
            if self._adoption.table is before.table:
                log.error("number %d adopts no lawful policy; %s stays in force", entry.number, before.name)
            self.current = Policy.of(self._adoption, self._measured)
            self._changed = True

    def anew(self) -> bool:
        """Whether every record is owed a new look since this was last asked."""
        changed, self._changed = self._changed, False
        return changed

    async def publish(self, line: asyncpg.Connection, number: int) -> None:
        """Nothing: the adoption is in the log, and every decision names its policy."""

    async def work(self) -> None:
        """Nothing."""
        await asyncio.Event().wait()
