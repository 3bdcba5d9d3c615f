"""By which rules the machine decides, under a name that nothing else goes by. Deciding is `adjudicate`'s."""

from hashlib import sha256

from msgspec import Struct, field

from election import acceptance
from election.acceptance import NEVER, Acceptance
from election.event import canonical


class Policy(Struct, frozen=True):
    """The rules by which the machine decides, by name: the name is in every decision and in its key.

    How sure a reading must be belongs to the model that made its scores: `measured` says it for each. What was
    released stands; whoever chooses another threshold decides by another policy, and every decision shows it.
    """

    rules: str = "two-readings-2"
    measured: tuple[Acceptance, ...] = field(default_factory=acceptance.entries)

    @property
    def name(self) -> str:
        """The rules' name, and eight hex digits that stand for all thresholds."""
        chosen = sorted((entry.model, kind, repr(p)) for entry in self.measured for kind, p in entry.thresholds.items())
        return f"{self.rules} {sha256(canonical(chosen)).hexdigest()[:8]}"

    def threshold(self, block: str, models: tuple[str, ...]) -> float:
        """The joint probability, of all figures of a block together, from which a reading that these models made is
        sure enough: the strictest of theirs, and out of reach where one was never measured."""
        known = {entry.model: entry.threshold(block) for entry in self.measured}
        return max((known.get(model, NEVER) for model in models), default=NEVER)
