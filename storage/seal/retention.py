"""Retention carried out: the operating key of a contest destroyed, later its originals; what is due, and why not.

The rules are `election.retention`'s. Nothing here runs by itself: a person carries it out, and it is written down.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from election.bundle import Bundle
from election.clock import Clock, stamp
from election.retention import KINDS, OPERATING, ORIGINAL, RULES, Closing, closing
from storage.opened import Storage
from storage.seal.errors import NotDue

_DONE = "insert into scans.retention (at, account, rule, contest, upto, originals) values ($1, $2, $3, $4, $5, $6)"


class Due(Struct, frozen=True):
    """One rule in one contest: when it may be carried out, or what is in the way; `now` says that it may be."""

    contest: str
    rule: str
    days: int
    law: str
    since: str | None  # the contest is closed since
    due: str | None
    now: bool
    why: str
    upto: int


async def standing(bundle: Bundle, storage: Storage, contest: str) -> Closing:
    """Whether a contest is closed, as its journal says."""
    tree = bundle.tree
    held: Collection[int] = [row for row in range(tree.n_tps) if bundle.holds(contest, row)]
    return closing(await storage.journal(contest).of_kinds(KINDS), tree, held)


async def due(bundle: Bundle, storage: Storage, contest: str, clock: Clock) -> list[Due]:
    """What retention says of a contest now."""
    closed, now = await standing(bundle, storage, contest), clock()
    return [_due(bundle, contest, name, closed, now) for name in RULES]


def _due(bundle: Bundle, contest: str, name: str, closed: Closing, now: datetime) -> Due:
    rule = bundle.settings.retention.rule(name)
    when = closed.due(rule)
    why = closed.why if when is None else "" if when <= now else f"not before {when.date().isoformat()}"
    return Due(
        contest, name, rule.days, rule.law, since=stamp(closed.since) if closed.since else None,
        due=stamp(when) if when else None, now=not why, why=why, upto=closed.upto,
    )  # fmt: skip


async def carry_out(bundle: Bundle, storage: Storage, one: Due, who: str, clock: Clock) -> int:
    """Carries out what is due, and writes it down; answers how many originals it met. Doing it again is harmless.

    Raises NotDue where it is not due any more: a dispute may have been opened since somebody looked.
    """
    again = next(found for found in await due(bundle, storage, one.contest, clock) if found.rule == one.rule)
    if not again.now:
        raise NotDue(rule=one.rule, contest=one.contest, why=again.why)
    hashes = [sha async for sha, _ in storage.cabinet.under(one.contest)]
    # Written down first: killed in between, it says too much and never too little; the next run ends it.
    await storage.pool.execute(_DONE, stamp(clock()), who, one.rule, one.contest, again.upto, len(hashes))
    if one.rule == OPERATING:
        storage.cabinet.keys.drop(one.contest)
    elif one.rule == ORIGINAL:
        for sha in hashes:
            await storage.cabinet.destroy(one.contest, sha)
    return len(hashes)
