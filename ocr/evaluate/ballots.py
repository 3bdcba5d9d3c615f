"""Which forms an image may show, and ballots for them where no bundle is at hand: choices are numbers without names."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from election import form as forms
from election.contest import CONTEST_TYPES, Candidate, Choice, Contest, Kind
from election.form import Form
from ocr.evaluate.columns import parties_of
from ocr.evaluate.fault import UnknownTemplate

PAIRS: Final = 3
"""Choices of a ballot of which nobody says more."""

PARTIES: Final = 18
"""On the ballots of 2024, outside Aceh."""


def ballot(key: str, template: str, choices: int, candidates: Mapping[int, int] | int = 0) -> Contest:
    """A contest with numbered choices. `candidates`: how many every party has, or each by its number.

    Raises KeyError for a contest there is none of.
    """
    counts = candidates if isinstance(candidates, Mapping) else dict.fromkeys(range(1, choices + 1), candidates)
    numbers = counts if counts and CONTEST_TYPES[key].kind is Kind.PARTIES else range(1, choices + 1)
    return Contest(key, tuple(_choice(number, counts.get(number, 0)) for number in numbers), template)


def _choice(number: int, candidates: int) -> Choice:
    people = tuple(Candidate(f"{number}-{n}", n, f"{n}") for n in range(1, candidates + 1))
    return Choice(str(number), number, f"{number}", candidates=people)


def templates(contest: str, said: str = "") -> tuple[str, ...]:
    """Templates that are meant, the likeliest first: by their own name, their model's or their contest's.

    Where `said` names none of them, all those of the contest; newer ones first.
    """
    every = tuple(reversed(forms.names()))
    key = contest if contest in CONTEST_TYPES else said.strip().lower()
    of_contest = [name for name in every if forms.SHELF.template(name).contest == key]
    return _meant(every, said) or tuple(sorted(of_contest, key=lambda name: _newer(name, said)))


def _meant(names: Iterable[str], said: str) -> tuple[str, ...]:
    """Those that `said` names, or whose model it does; or the only one whose name begins like it (`C1-PPWP`)."""
    wanted, known = _plain(said), {name: _plain(name) for name in names}
    models = {name: _plain(forms.SHELF.template(name).model) for name in known}
    begin = [name for name in known if known[name].startswith(wanted)]
    exact = tuple(name for name in known if wanted in (known[name], models[name]))
    return () if not wanted else exact or (tuple(begin) if len(begin) == 1 else ())


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _newer(name: str, said: str) -> tuple[bool, bool]:
    """Official forms come first, among them those whose name holds a word that was said."""
    return not any(part in name for part in said.lower().replace("-", "_").split("_") if part), "2024" not in name


def contest_of(form: Form) -> Contest:
    """The ballot that a form was printed for, as far as its fields tell."""
    kind = CONTEST_TYPES[form.contest].kind
    names = [field.name for field in form.fields]
    if kind is Kind.PARTIES:
        return ballot(form.contest, form.name, 0, parties_of(names))
    word = "paslon_" if kind is Kind.PAIRS else "calon_"
    return ballot(form.contest, form.name, sum(name.startswith(word) for name in names))


class Named(NamedTuple):
    """A template, and whether it repeats for parties."""

    name: str
    parties: bool


def named(contest: str, said: str | None) -> Named:
    """The template that a caller means: `said`, or the contest's first.

    Raises UnknownTemplate: there is none of that name, or none for that contest.
    """
    found = [
        name
        for name in (_meant(forms.names(), said) if said else templates(contest))
        if forms.SHELF.template(name).contest == contest
    ]
    if not found:
        raise UnknownTemplate(row="–", contest=contest, template=said or "–", known=", ".join(forms.names()))
    return Named(found[0], CONTEST_TYPES[contest].kind is Kind.PARTIES)
