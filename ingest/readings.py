"""Figures as an officer keyed them in. Whether they are right is not asked here, only whether a form can hold them."""

import asyncio
import json
import time
from typing import Annotated, cast

import msgspec
from msgspec import Struct

from election.clock import stamp
from election.contest import Contest
from election.event import Figures, ReadingSubmitted, commitment
from election.rules import RULES
from identity.access import Action
from identity.message import Tag
from identity.sender import Sender
from ingest.ask import Answer, Ask
from ingest.body import digest_header, expected_size, read_body
from ingest.door import Door
from ingest.errors import (
    Negative,
    NotAnInteger,
    ReadingEmpty,
    ReadingMalformed,
    TooLarge,
    UnknownField,
    UnknownRule,
    WrongType,
)
from ingest.receipts import client_id, keep_reading

LARGEST = 999
"""Three boxes a number."""


Code = Annotated[str, msgspec.Meta(max_length=64)]
"""Of a contest or a TPS. Longer ones exist nowhere, and would only be echoed back."""

Names = Annotated[tuple[Code, ...], msgspec.Meta(max_length=1000)]
"""Of fields or rules."""


Version = Annotated[int, msgspec.Meta(ge=1, le=999)]


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """What the officer's app sends: all pages of a contest, or some. A field left out is the same as null: not read.

    `confirmed` names the figures taken over from the machine's reading; `as_written` the rules of which the officer
    says that the form itself breaks them.
    """

    contest: Code
    tps: Code
    figures: dict[str, object]
    confirmed: Names | None = None
    as_written: Names | None = None
    version: Version | None = None  # of the record that the figures are of; the first where it is left out

    @property
    def names(self) -> int:
        """How many names its JSON has, each standing once."""
        return 3 + len(self.figures) + sum(one is not None for one in (self.confirmed, self.as_written, self.version))


_decoder = msgspec.json.Decoder(Reading)


def decode(data: bytes | bytearray | memoryview) -> Reading:
    """The reading in a JSON body, in which every name stands once. Raises ReadingMalformed."""
    data = bytes(data)
    try:
        reading = _decoder.decode(data)
        if data.count(b":") != reading.names:  # at least one a name, so that equal means once each
            json.loads(data, object_pairs_hook=_once)
    except RecursionError:
        raise ReadingMalformed(reason="nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise ReadingMalformed(reason=_plain(str(error))) from None
    return reading


def _once(pairs: list[tuple[str, object]]) -> None:
    """Two figures under one name are no figure: readers differ in which of them they take."""
    names = [name for name, _ in pairs]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise ReadingMalformed(reason=f"{_plain(twice)} stands twice")


def _plain(text: str) -> str:
    """Somebody else's words as we may repeat them: short, and nothing that cannot be encoded."""
    return ascii(text[:64])[1:-1]


def figure(field: str, value: object) -> int | None:
    """The figure itself. Raises NotAnInteger (1.0 and true are none), Negative, TooLarge."""
    if value is None:
        return None
    if type(value) is not int:
        raise NotAnInteger(field=field, limit=LARGEST)
    if value < 0:
        raise Negative(field=field)
    if value > LARGEST:
        raise TooLarge(field=field, limit=LARGEST)
    return value


_TYPES = {int, type(None)}
_FIGURES = frozenset((None, *range(LARGEST + 1)))


def _checked(figures: dict[str, object]) -> dict[str, int | None]:
    """The figures, once all of them are known to be some: asked of all at once, one by one only to say which is not."""
    if _TYPES.issuperset(map(type, figures.values())) and _FIGURES.issuperset(figures.values()):
        return cast("dict[str, int | None]", figures)
    return {field: figure(field, value) for field, value in figures.items()}


def by_block(contest: Contest, figures: dict[str, object]) -> dict[str, Figures]:
    """Dense figures of every block in which at least one was given.

    Raises UnknownField, NotAnInteger, Negative, TooLarge, ReadingEmpty.
    """
    if not contest.known.issuperset(figures):
        raise UnknownField(field=_plain(next(field for field in figures if field not in contest.known)))
    values = _checked(figures)
    blocks = {block: tuple(map(values.get, fields)) for block, fields in contest.blocks.items()}
    given = {block: row for block, row in blocks.items() if row.count(None) < len(row)}
    if not given:
        raise ReadingEmpty()
    return given


def taken_over(reading: Reading) -> tuple[str, ...]:
    """The figures that are no opinion of the officer's own, in one order. Raises UnknownField."""
    for field in reading.confirmed or ():
        if reading.figures.get(field) is None:
            raise UnknownField(field=_plain(field))
    return tuple(sorted(set(reading.confirmed or ())))


def contradictions(reading: Reading) -> tuple[str, ...]:
    """The rules that the form itself breaks, in one order. Raises UnknownRule."""
    for code in reading.as_written or ():
        if code not in RULES:
            raise UnknownRule(rule=_plain(code))
    return tuple(sorted(set(reading.as_written or ())))


def submitted(door: Door, reading: Reading, figures: dict[str, Figures], sender: Sender) -> ReadingSubmitted:
    """The event: a fresh salt and a commitment a block; the figures and who sent them in the private part."""
    salts = {block: door.salt() for block in figures}
    return ReadingSubmitted(
        tps=reading.tps,
        at=stamp(door.clock()),
        commitments={block: commitment(salts[block], block, row) for block, row in figures.items()},
        salts=salts,
        figures=figures,
        by=sender.role,
        relayed=sender.relayed,
        confirmed=taken_over(reading),
        as_written=contradictions(reading),
        version=reading.version if (reading.version or 1) > 1 else None,
        account=sender.account,
        signed=sender.signed,
    )


async def _abreast() -> None:
    """Lets the others who are as far as this one take their next step in a row with it.

    Each step's code and tables are then in the processor's caches for all but the first: some thirty readings walking
    through the door step by step cost a sixth less than one after the other.
    """
    await asyncio.sleep(0)


async def put_reading(door: Door, ask: Ask) -> Answer:
    """`PUT /v1/readings/{uuid}`: the figures of one TPS, signed. Answers once the event is committed."""
    key = client_id(ask)
    if ask.content_type != "application/json":
        raise WrongType(given=ascii(ask.content_type[:64])[1:-1], wanted="application/json")
    promised = digest_header(ask, required=True)
    with door.budget.reserve(expected_size(ask, door.limits.reading)):
        body = await read_body(ask, door.limits.reading, promised)
        started = time.perf_counter()
        await _abreast()
        reading = decode(body.data)
        contest = door.contest_at(reading.contest, reading.tps)
        await _abreast()
        sender = await door.gate.admit(ask, Action.SEND, reading.tps, Tag.READING, body.sha256)
        await _abreast()
        event = submitted(door, reading, by_block(contest, reading.figures), sender)
        answer = await keep_reading(door, reading.contest, key, event)
    door.metrics.seconds["reading"].observe(time.perf_counter() - started)
    return answer
