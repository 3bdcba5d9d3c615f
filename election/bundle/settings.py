"""What the law or the organiser fixes for one election, as its bundle says it."""

from typing import Literal

from msgspec import Struct

from election.contest import CONTEST_TYPES
from election.retention import Retention


class Threshold(Struct, frozen=True):
    """The share of valid votes a party needs, as a fraction, with the text that sets it."""

    numerator: int = 1
    denominator: int = 25
    citation: str = "UU 7/2017 art. 414"

    def __post_init__(self) -> None:
        """Raises ValueError where it is no share that some parties can reach and others not."""
        if not 0 < self.numerator < self.denominator:
            raise ValueError(f"a threshold of {self.numerator}/{self.denominator} is no share between 0 and 1")


class Settings(Struct, frozen=True):
    """What the law or the organiser fixes for one election. Defaults are those of 2024."""

    reserve_per_mille: int = 20  # ballots delivered on top of the DPT, rounded up (UU 7/2017 art. 344(2))
    reserve_per_mille_local: int = 25  # the same in a Pilkada (unverified)
    voters_per_tps: int = 300  # the organiser's; the law's own limit is 500
    voters_per_tps_local: int = 600  # the organiser's, Pilkada 2024; the law's own limit is 800
    gate: str | None = None  # nothing is public before this moment (RFC 3339); None: no gate
    threshold: Threshold = Threshold()
    origin: str = "suara.invalid"  # begins the names of logs and of the keys that sign; the organiser's own host
    retention: Retention = Retention()
    candidates: Literal["keyed", "confirmed"] = "keyed"  # by officers, or confirmed from the machine's reading

    def reserve(self, contest: str) -> int:
        """Reserve ballots of a contest, in thousandths of the DPT."""
        return self.reserve_per_mille_local if CONTEST_TYPES[contest].local else self.reserve_per_mille

    def delivered(self, contest: str, dpt: int) -> int:
        """Ballots owed to a TPS with `dpt` voters: DPT and the reserve, rounded up."""
        return dpt - (-dpt * self.reserve(contest) // 1000)

    def voters(self, contest: str) -> int:
        """How many voters a TPS may have on its list."""
        return self.voters_per_tps_local if CONTEST_TYPES[contest].local else self.voters_per_tps
