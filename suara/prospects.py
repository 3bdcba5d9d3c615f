"""What `suara materiality` prints: a sentence a question for a person, the same answers as JSON.

What can still change is `election.outcome`'s to say.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from election.outcome.derivation import grouped
from election.outcome.materiality import Answer, Outlook, Question, Standing
from election.outcome.sentences import LIKELY, headline, sentence

if TYPE_CHECKING:
    from election.outcome.sentences import Names, Sentence

SHOWN = 12
"""Dapil and areas that the terminal shows, the closest first; JSON has them all."""

WHERE = {
    "id": {"for": "pasti meraih", "against": "pasti tidak", "open": "terbuka"},
    "en": {"for": "certain", "against": "out of reach", "open": "open"},
}
"""Of provinces: whether a fifth is reached there."""


def facts(contest: str, outlooks: Mapping[str, Outlook], names: "Names") -> dict[str, Any]:
    """Every answer with its sentences, by place."""
    return {"contest": contest, "places": {kode: _place(one, names) for kode, one in outlooks.items()}}


def _place(outlook: Outlook, names: "Names") -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(outlook)
    for answer, row in zip(outlook.answers, told["answers"], strict=True):
        row["sentence"] = msgspec.to_builtins(sentence(answer, names))
    return told | {"headline": msgspec.to_builtins(headline(outlook, names))}


def lines(outlooks: Mapping[str, Outlook], names: "Names", language: str) -> Iterator[str]:
    """For a terminal: the nation first, then the places that are closest to changing."""
    nation = outlooks.get("0")
    if nation:
        yield _waiting(nation, language)
        yield _told(headline(nation, names), language)
        yield from (f"  {line}" for answer in nation.answers for line in _answer(answer, names, language))
    rest = [one for kode, one in outlooks.items() if kode != "0"]
    answers = sorted((answer for one in rest for answer in one.answers), key=_closeness)
    yield from (line for answer in answers[:SHOWN] for line in _answer(answer, names, language))
    if len(answers) > SHOWN:
        more = len(answers) - SHOWN
        yield f"… {more} lagi; semuanya dengan --json" if language == "id" else f"… {more} more; --json has them all"


def _waiting(outlook: Outlook, language: str) -> str:
    mark = "." if language == "id" else ","
    tps, most, likely = (grouped(n, mark) for n in (outlook.tps, outlook.most, outlook.likely))
    if language == "id":
        return f"{tps} TPS belum dihitung: paling banyak {most} suara, wajarnya {likely}."
    return f"{tps} TPS are not counted: at most {most} votes, likely {likely}."


def _answer(answer: Answer, names: "Names", language: str) -> Iterator[str]:
    yield _told(sentence(answer, names), language)
    if answer.question is Question.SPREAD:
        words = WHERE[language]
        yield from (f"    {words[word]}: {' '.join(kodes)}" for word, kodes in answer.where.items() if kodes)
    if answer.standing is not Standing.SETTLED and answer.likely is Standing.SETTLED:
        yield f"    {_told(LIKELY, language)}"


def _told(one: "Sentence", language: str) -> str:
    return one.id if language == "id" else one.en


def _closeness(answer: Answer) -> tuple[bool, int]:
    """Open ones first, those that fewest TPS could turn before others."""
    lower = answer.fewest.lower
    return answer.standing is Standing.SETTLED, 1 << 62 if lower is None else lower
