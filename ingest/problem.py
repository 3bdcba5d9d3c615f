"""From a request to its answer, on both paths: found, handled, and whatever is raised turned into problem+json.

What can be wrong lives in `ingest.errors`. RFC 9457, with a reason code and advice in two languages.
"""

import logging

import asyncpg
import msgspec
from obstore.exceptions import BaseError as StoreError

from election.errors import SuaraError
from election.refusal import CONTENT_TYPE, Problem
from ingest.ask import Answer, Ask
from ingest.door import Door
from ingest.errors import StorageAway, Unexpected, status_of, title_of
from ingest.routes import Route, find

RETRY_AFTER = "2"
"""Seconds, said with every answer that may be another one later."""

_log = logging.getLogger(__name__)
"""Of the standard library, as everywhere in this house: a log on a full disk must not cost the sender an answer."""

_AWAY = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError, StoreError
)  # fmt: skip
"""The third is what asyncpg has for a connection that dies between two messages of the server."""

Extra = tuple[tuple[str, str], ...]


def problem(error: SuaraError, extra: Extra = ()) -> Answer:
    """The answer that says what is wrong and what to do next; `extra` headers are the address's own."""
    status = status_of(error)
    body = Problem.of(error, status, title_of(error), f"/v1/problems#{error.code}")
    own: Extra = getattr(error, "headers", ())
    if status in (429, 500, 503) and not any(name == "Retry-After" for name, _ in own):
        own = (*own, ("Retry-After", RETRY_AFTER))
    return Answer(status, msgspec.json.encode(body), (*extra, *own), CONTENT_TYPE)


def translated(error: Exception, path: str) -> SuaraError:
    """What a storage failure or a mistake of ours is to the sender. The cause goes to the log, not to the sender."""
    if isinstance(error, _AWAY):
        _log.warning("storage is away at %s: %r", path, error)
        return StorageAway()
    _log.error("unexpected at %s", path, exc_info=error)
    return Unexpected()


async def answered(door: Door, ask: Ask) -> Answer:
    """The answer to a request, whatever its handler raises; refusals are counted by reason code."""
    extra: Extra = ()
    try:
        route, ask.params = find(ask.method, ask.path)
        extra = route.headers
        answer = await _handled(door, route, ask)
    except SuaraError as error:
        return refused(door, error, extra)
    except Exception as error:  # the door stays open whatever one upload does to it
        return refused(door, translated(error, ask.path), extra)
    return msgspec.structs.replace(answer, headers=(*extra, *answer.headers)) if extra else answer


async def _handled(door: Door, route: Route, ask: Ask) -> Answer:
    ticket, well = door.admission.enter(route.kind, ask), False
    try:
        answer = await route.handler(door, ask)
        well = answer.status < 400
    finally:
        ticket.leave(well)
    return answer


def refused(door: Door, error: SuaraError, extra: Extra = ()) -> Answer:
    """The refusal as an answer, counted."""
    door.metrics.rejected[error.code].inc()
    return problem(error, extra)
