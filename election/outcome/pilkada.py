"""Governors, regents and mayors: most votes; in Jakarta more than half, else a second round; a single pair needs more
than half against the empty column. UU 10/2016 art. 54D, 107, 109; UU 2/2024 art. 10 (unverified).
"""

from collections.abc import Mapping

from msgspec import Struct

from election.outcome.derivation import Step, listed, step
from election.outcome.law import PILKADA, Pilkada
from election.outcome.places import Chosen, Support, Tied, Verdict, best
from election.outcome.refusal import BadVotes, natural
from election.outcome.roll import equal_votes, undecided


class Local(Struct, frozen=True):
    """The outcome for one governor, regent or mayor."""

    verdict: Verdict
    elected: str | None
    again: tuple[str, ...]  # who runs in a second round
    tie: Tied | None
    votes: dict[str, int]
    valid: int
    derivation: tuple[Step, ...]
    provisional: bool = True


def elect(
    votes: Mapping[str, int],
    support: Support = (),
    law: Pilkada = PILKADA,
    *,
    empty: str | None = None,
    provisional: bool = True,
) -> Local:
    """Who is elected. `votes`: pair → valid votes, the empty column (named by `empty`) among them.

    `support`: for equal votes, levels of areas: kabupaten for a governor, kecamatan for the others. Raises BadVotes.
    """
    natural("votes", *votes.values())
    valid = sum(votes.values())
    if not valid:
        none = step(law.plurality_citation, "Belum ada suara sah.", "There are no valid votes yet.")
        return Local(Verdict.NOBODY, None, (), None, dict(votes), 0, (none,), provisional)
    if empty is not None:
        verdict, chosen, steps = _against_the_empty_column(votes, empty, valid, law)
    elif law.majority and law.round == 1:
        verdict, chosen, steps = _by_majority(votes, valid, support, law)
    else:
        verdict, chosen, steps = _by_plurality(votes, support, law)
    elected = chosen.names[0] if verdict is Verdict.ELECTED else None
    again = chosen.names if verdict is Verdict.RUNOFF else ()
    return Local(verdict, elected, again, chosen.tie, dict(votes), valid, steps, provisional)


Ruling = tuple[Verdict, Chosen, tuple[Step, ...]]


def _against_the_empty_column(votes: Mapping[str, int], empty: str, valid: int, law: Pilkada) -> Ruling:
    pairs = [name for name in votes if name != empty]
    if len(pairs) != 1 or empty not in votes:
        raise BadVotes(what=f"{len(pairs)} pairs against the empty column")
    pair = pairs[0]
    won = 2 * votes[pair] > valid
    steps = (_half(pair, votes[pair], valid, law.single_citation),)
    return (Verdict.ELECTED, Chosen((pair,)), steps) if won else (Verdict.NOBODY, Chosen(()), steps)


def _by_majority(votes: Mapping[str, int], valid: int, support: Support, law: Pilkada) -> Ruling:
    steps = tuple(_half(pair, count, valid, law.majority_citation) for pair, count in votes.items())
    won = tuple(pair for pair, count in votes.items() if 2 * count > valid)
    if won:
        return Verdict.ELECTED, Chosen(won), steps
    chosen = best(votes, 2, support, law.spread.measure)
    again = step(
        law.majority_citation,
        "Tidak ada yang lebih dari setengah; putaran kedua: {again}.",
        "Nobody has more than half; second round: {again}.",
        again=listed(chosen.names),
    )
    return Verdict.RUNOFF if chosen.names else Verdict.TIE, chosen, (*steps, *_spread(chosen, law), again)


def _by_plurality(votes: Mapping[str, int], support: Support, law: Pilkada) -> Ruling:
    chosen = best(votes, 1, support, law.spread.measure)
    row = listed(f"{pair} {count}" for pair, count in sorted(votes.items(), key=lambda item: -item[1]))
    first = step(law.plurality_citation, "Suara terbanyak: {row}.", "Most votes: {row}.", row=row)
    return Verdict.ELECTED if chosen.names else Verdict.TIE, chosen, (first, *_spread(chosen, law))


def _spread(chosen: Chosen, law: Pilkada) -> tuple[Step, ...]:
    said = (equal_votes(chosen, law.spread),) if chosen.equal else ()
    return (*said, undecided(chosen.tie, law.spread.citation)) if chosen.tie else said


def _half(pair: str, votes: int, valid: int, law: str) -> Step:
    enough = 2 * votes > valid
    sign, end_id, end_en = (">", "lebih dari", "more than") if enough else ("≤", "tidak lebih dari", "no more than")
    return step(
        law,
        f"{{pair}}: 2 × {{votes}} = {{double}} {sign} {{valid}}: {end_id} setengah suara sah.",
        f"{{pair}}: 2 × {{votes}} = {{double}} {sign} {{valid}}: {end_en} half of the valid votes.",
        about=pair,
        pair=pair,
        votes=votes,
        double=2 * votes,
        valid=valid,
    )
