"""Which parties pass the DPR's national threshold: a fraction of the valid votes, from the bundle."""

from collections.abc import Mapping

from msgspec import Struct

from election.bundle.settings import Threshold
from election.outcome.derivation import Step, listed, step
from election.outcome.refusal import natural


class Hurdle(Struct, frozen=True):
    """The threshold, the nation's valid votes, and who passes."""

    threshold: Threshold
    valid: int
    needed: int  # the fewest votes that pass
    passed: tuple[str, ...]  # in the order given
    failed: tuple[str, ...]
    derivation: tuple[Step, ...]


def passes(votes: int, valid: int, threshold: Threshold) -> bool:
    """denominator · votes ≥ numerator · valid: exactly the share passes, and nobody passes without votes."""
    return votes > 0 and threshold.denominator * votes >= threshold.numerator * valid


def needed(valid: int, threshold: Threshold) -> int:
    """The fewest votes that pass, of `valid` in the nation."""
    return max(1, -(-threshold.numerator * valid // threshold.denominator))


def judge(national: Mapping[str, int], threshold: Threshold) -> Hurdle:
    """Every party's valid votes in the nation against the threshold. Raises BadVotes."""
    natural("votes", *national.values())
    valid = sum(national.values())
    passed = tuple(party for party, votes in national.items() if passes(votes, valid, threshold))
    failed = tuple(party for party in national if party not in passed)
    least = needed(valid, threshold)
    steps = tuple(_compared(party, votes, valid, threshold) for party, votes in national.items())
    return Hurdle(
        threshold, valid, least, passed, failed, (_fewest(threshold, valid, least), *steps, _who(passed, threshold))
    )


def _fewest(threshold: Threshold, valid: int, least: int) -> Step:
    return step(
        threshold.citation,
        "Ambang batas {numerator}/{denominator} dari {valid} suara sah nasional: paling sedikit {least} suara.",
        "The threshold is {numerator}/{denominator} of {valid} valid votes in the nation: at least {least} votes.",
        numerator=threshold.numerator,
        denominator=threshold.denominator,
        valid=valid,
        least=least,
    )


def _compared(party: str, votes: int, valid: int, threshold: Threshold) -> Step:
    enough = passes(votes, valid, threshold)
    left, right = threshold.denominator * votes, threshold.numerator * valid
    sign = "≥" if left >= right else "<"
    whole = "{right}" if threshold.numerator == 1 else "{right} = {numerator} × {valid}"
    sum_ = f"{{party}}: {{denominator}} × {{votes}} = {{left}} {sign} {whole}"
    end_id, end_en = ("memenuhi", "passes") if enough else ("tidak memenuhi", "does not pass")
    return step(
        threshold.citation,
        f"{sum_}: {end_id}.",
        f"{sum_}: {end_en}.",
        about=party,
        party=party,
        denominator=threshold.denominator,
        numerator=threshold.numerator,
        votes=votes,
        valid=valid,
        left=left,
        right=right,
    )


def _who(passed: tuple[str, ...], threshold: Threshold) -> Step:
    return step(
        threshold.citation,
        "{n} partai diikutkan dalam pembagian kursi: {parties}.",
        "{n} parties take part in the allotment of seats: {parties}.",
        n=len(passed),
        parties=listed(passed),
    )
