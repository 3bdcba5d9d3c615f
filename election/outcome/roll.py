"""Those elected by most votes for a number of places, with the reasons: the DPD's four, a party's candidates."""

from collections.abc import Mapping

from msgspec import Struct

from election.outcome.derivation import Step, listed, step
from election.outcome.law import Spread
from election.outcome.places import Chosen, Tied


class Roll(Struct, frozen=True):
    """Who is elected, by rank. `tie`: places that neither votes nor spread decide; `vacant`: more places than names."""

    elected: tuple[str, ...]
    tie: Tied | None
    vacant: int
    votes: dict[str, int]  # of everybody, as given
    derivation: tuple[Step, ...]
    provisional: bool = True


def roll(
    votes: Mapping[str, int], places: int, chosen: Chosen, law: str, spread: Spread, *, provisional: bool, about: str
) -> Roll:
    """The roll of those chosen, and the sentences that say why."""
    steps = [_most(chosen, votes, places, law, about)]
    if chosen.equal:
        steps.append(equal_votes(chosen, spread, about))
    if chosen.tie:
        steps.append(undecided(chosen.tie, spread.citation, about))
    return Roll(chosen.names, chosen.tie, max(0, places - len(votes)), dict(votes), tuple(steps), provisional)


def _most(chosen: Chosen, votes: Mapping[str, int], places: int, law: str, about: str) -> Step:
    return step(
        law,
        "{places} tempat untuk suara terbanyak: {row}.",
        "{places} places for the most votes: {row}.",
        about=about,
        places=places,
        row=listed(f"{name} {votes[name]}" for name in chosen.names),
    )


def equal_votes(chosen: Chosen, spread: Spread, about: str = "") -> Step:
    """Those with equal votes at the edge, and the spread of each."""
    widths = listed(f"{name} {'/'.join(map(str, chosen.scores[name])) or '–'}" for name in chosen.equal)
    end_id, end_en = ("tetap sama", "still equal") if chosen.tie else ("berbeda", "they differ")
    return step(
        spread.citation,
        f"Suara sama: {{names}}. Persebaran per tingkat wilayah ({spread.measure}): {{widths}}: {end_id}.",
        f"Equal votes: {{names}}. Spread on each level of areas ({spread.measure}): {{widths}}: {end_en}.",
        about=about,
        names=listed(chosen.equal),
        widths=widths,
    )


def undecided(tie: Tied, citation: str, about: str = "") -> Step:
    """What stays open, and between whom."""
    return step(
        citation,
        "{places} tempat tetap terbuka antara {names}: suara dan persebaran sama.",
        "{places} places stay open between {names}: votes and spread are equal.",
        about=about,
        places=tie.places,
        names=listed(tie.names),
    )
