"""Who is elected president: more than half of the votes, and a fifth in more than half of the provinces.

UUD 1945 art. 6A(3)–(4), UU 7/2017 art. 416. Votes from abroad count for the majority, and abroad is no province. Where
nobody meets both conditions the two with most votes run again.
"""

from collections.abc import Mapping

from msgspec import Struct

from election.outcome.derivation import Step, listed, step
from election.outcome.law import PRESIDENT, President, TwoPairs
from election.outcome.places import Chosen, Support, Tied, Verdict, best
from election.outcome.refusal import BadVotes, natural
from election.outcome.roll import equal_votes, undecided

BOTH = "UUD 1945 art. 6A(3); UU 7/2017 art. 416(1)"
AGAIN = "UUD 1945 art. 6A(4); UU 7/2017 art. 416(2)–(5)"


class Standing(Struct, frozen=True):
    """How one pair stands under both conditions."""

    pair: str
    votes: int
    majority: bool  # 2v > V
    reached: tuple[str, ...]  # provinces with 5v ≥ V
    spread: bool  # 2 · reached > provinces


class Election(Struct, frozen=True):
    """The outcome for president."""

    verdict: Verdict
    elected: str | None
    again: tuple[str, ...]  # those who are sure to run again
    tie: Tied | None
    pairs: tuple[Standing, ...]  # in the order given
    valid: int
    provinces: int
    spread_asked: bool  # whether the spread was a condition
    derivation: tuple[Step, ...]
    provisional: bool = True


def elect(
    votes: Mapping[str, int],
    by_province: Mapping[str, Mapping[str, int]],
    law: President = PRESIDENT,
    *,
    smaller: Support = (),
    provisional: bool = True,
) -> Election:
    """Who is elected with these valid votes.

    `votes`: pair → votes of the whole nation, abroad included. `by_province`: province → pair → votes, without abroad;
    a province without a vote counts among the provinces and reaches nothing. `smaller`: levels below the provinces,
    for equal votes at the edge of a second round. Raises BadVotes.
    """
    provinces = len(by_province) if law.provinces is None else law.provinces
    _check(votes, by_province, provinces)
    valid = sum(votes.values())
    asked = law.round == 1 and not (len(votes) == 2 and law.two_pairs is TwoPairs.MAJORITY)
    pairs = tuple(_standing(pair, votes, by_province, valid, provinces) for pair in votes)
    steps = tuple(_reasons(pairs, valid, provinces, asked, law))
    won = [one.pair for one in pairs if one.majority and (one.spread or not asked)]
    chosen = best(votes, 2, (by_province, *smaller), law.spread.measure) if valid and not won else Chosen(())
    verdict = _verdict(valid, won, chosen, law)
    last = _conclusion(verdict, won, chosen, law)
    again = chosen.names if verdict is Verdict.RUNOFF else ()
    elected = won[0] if won else None
    tie = Tied(chosen.names, 1) if verdict is Verdict.TIE and chosen.tie is None else chosen.tie
    return Election(verdict, elected, again, tie, pairs, valid, provinces, asked, (*steps, *last), provisional)


def reaches(votes: int, valid: int) -> bool:
    """A fifth of a province's valid votes: 5v ≥ V. Without valid votes nothing is reached."""
    return valid > 0 and 5 * votes >= valid


def more_than_half(part: int, whole: int) -> bool:
    """2 · part > whole."""
    return 2 * part > whole


def _check(votes: Mapping[str, int], by_province: Mapping[str, Mapping[str, int]], provinces: int) -> None:
    natural("votes", *votes.values(), *(count for area in by_province.values() for count in area.values()))
    if provinces < len(by_province):
        raise BadVotes(what=f"{len(by_province)} provinces of {provinces}")
    for province, area in by_province.items():
        if not area.keys() <= votes.keys():
            raise BadVotes(what=f"a pair in province {province} that does not stand")


def _standing(
    pair: str, votes: Mapping[str, int], by_province: Mapping[str, Mapping[str, int]], valid: int, provinces: int
) -> Standing:
    reached = tuple(kode for kode, area in by_province.items() if reaches(area.get(pair, 0), sum(area.values())))
    return Standing(
        pair, votes[pair], more_than_half(votes[pair], valid), reached, more_than_half(len(reached), provinces)
    )


def _verdict(valid: int, won: list[str], chosen: Chosen, law: President) -> Verdict:
    if won:
        return Verdict.ELECTED
    if not valid:
        return Verdict.NOBODY
    return Verdict.TIE if law.round == 2 or (chosen.tie and not chosen.names) else Verdict.RUNOFF


def _reasons(pairs: tuple[Standing, ...], valid: int, provinces: int, asked: bool, law: President) -> list[Step]:
    steps = [_majority(pair, valid) for pair in pairs]
    if asked:
        steps += [_spread(pair, provinces) for pair in pairs]
    elif law.round == 1:
        steps.append(
            step(
                law.two_pairs_citation,
                "Hanya dua pasangan calon: syarat persebaran provinsi tidak diminta.",
                "Only two pairs stand: the spread over provinces is not asked.",
            )
        )
    return steps


def _majority(one: Standing, valid: int) -> Step:
    sign = ">" if one.majority else "≤"
    end_id, end_en = ("lebih dari", "more than") if one.majority else ("tidak lebih dari", "no more than")
    return step(
        BOTH,
        f"{{pair}}: 2 × {{votes}} = {{double}} {sign} {{valid}}: {end_id} setengah suara sah.",
        f"{{pair}}: 2 × {{votes}} = {{double}} {sign} {{valid}}: {end_en} half of the valid votes.",
        about=one.pair,
        pair=one.pair,
        votes=one.votes,
        double=2 * one.votes,
        valid=valid,
    )


def _spread(one: Standing, provinces: int) -> Step:
    sign = ">" if one.spread else "≤"
    end_id, end_en = ("lebih dari", "more than") if one.spread else ("tidak lebih dari", "no more than")
    return step(
        BOTH,
        f"{{pair}}: seperlima atau lebih di {{reached}} provinsi; 2 × {{reached}} = {{double}} {sign} {{provinces}}: "
        f"{end_id} setengah jumlah provinsi.",
        f"{{pair}}: a fifth or more in {{reached}} provinces; 2 × {{reached}} = {{double}} {sign} {{provinces}}: "
        f"{end_en} half of the provinces.",
        about=one.pair,
        pair=one.pair,
        reached=len(one.reached),
        double=2 * len(one.reached),
        provinces=provinces,
    )


def _conclusion(verdict: Verdict, won: list[str], chosen: Chosen, law: President) -> tuple[Step, ...]:
    if verdict is Verdict.ELECTED:
        text = "{pair} memenuhi syarat dan terpilih.", "{pair} meets what is asked and is elected."
        return (step(BOTH if law.round == 1 else AGAIN, *text, about=won[0], pair=won[0]),)
    if verdict is Verdict.NOBODY:
        return (step(BOTH, "Belum ada suara sah.", "There are no valid votes yet."),)
    steps = (equal_votes(chosen, law.spread),) if chosen.equal else ()
    if chosen.tie:
        steps = (*steps, undecided(chosen.tie, law.spread.citation))
    if verdict is Verdict.TIE:
        among = listed(chosen.tie.names if chosen.tie else chosen.names)
        text = "Suara sama: {among}. Undang-undang tidak menentukan.", "Equal votes: {among}. The law does not decide."
        return (*steps, step(AGAIN, *text, among=among))
    return (*steps, _again(chosen))


def _again(chosen: Chosen) -> Step:
    return step(
        AGAIN,
        "Tidak ada pasangan yang memenuhi syarat; dipilih kembali: {again}.",
        "No pair meets what is asked; these run again: {again}.",
        again=listed(chosen.names),
    )
