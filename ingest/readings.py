"""Figures as an officer keyed them in. Whether they are right is not asked here, only whether a form can hold them."""

import json
import time
from typing import Annotated

import msgspec
from msgspec import Struct

from election.clock import stamp
from election.contest import Contest
from election.event import Figures, ReadingSubmitted, commitment
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
    WrongType,
)
from ingest.receipts import accept, client_id, reading_digest

LARGEST = 999
"""Three boxes a number."""


Code = Annotated[str, msgspec.Meta(max_length=64)]
"""Of a contest or a TPS. Longer ones exist nowhere, and would only be echoed back."""


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """What the officer's app sends. A field left out is the same as null: not read."""

    contest: Code
    tps: Code
    figures: dict[str, object]


_decoder = msgspec.json.Decoder(Reading)


def decode(data: bytes) -> Reading:
    """The reading in a JSON body, in which every name stands once. Raises ReadingMalformed."""
    try:
        reading = _decoder.decode(data)
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


def by_block(contest: Contest, figures: dict[str, object]) -> dict[str, Figures]:
    """Dense figures of every block in which at least one was given.

    Raises UnknownField, NotAnInteger, Negative, TooLarge, ReadingEmpty.
    """
    known = frozenset(contest.fields)
    for field in figures:
        if field not in known:
            raise UnknownField(field=_plain(field))
    checked = {field: figure(field, value) for field, value in figures.items()}
    blocks = {block: tuple(checked.get(field) for field in fields) for block, fields in contest.blocks.items()}
    given = {block: row for block, row in blocks.items() if any(value is not None for value in row)}
    if not given:
        raise ReadingEmpty()
    return given


def submitted(door: Door, reading: Reading, figures: dict[str, Figures]) -> ReadingSubmitted:
    """The event: a fresh salt and a commitment a block, and the figures in the private part."""
    salts = {block: door.salt() for block in figures}
    return ReadingSubmitted(
        tps=reading.tps,
        at=stamp(door.clock()),
        commitments={block: commitment(salts[block], block, row) for block, row in figures.items()},
        salts=salts,
        figures=figures,
    )


async def put_reading(door: Door, ask: Ask) -> Answer:
    """`PUT /v1/readings/{uuid}`: the figures of one TPS. Answers once the event is committed."""
    key = client_id(ask)
    if ask.content_type != "application/json":
        raise WrongType(given=ask.content_type, wanted="application/json")
    promised = digest_header(ask, required=False)
    with door.budget.reserve(expected_size(ask, door.limits.reading)):
        body = await read_body(ask, door.limits.reading, promised)
    started = time.perf_counter()
    reading = decode(bytes(body.data))
    figures = by_block(door.contest_at(reading.contest, reading.tps), reading.figures)
    event = submitted(door, reading, figures)
    response = await accept(door, reading.contest, event, key, reading_digest(reading.tps, figures))
    door.metrics.seconds.labels("reading").observe(time.perf_counter() - started)
    return response
