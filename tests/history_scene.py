"""Events of any kind about a few places, for random histories: most name what stands, some what stood before."""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from hypothesis import strategies as st
from recap_scene import AT, corrected, page_read, reading
from state_scene import machine

from election import event as ev

DECISIONS = ("counted", "held", "corrected", "withdrawn")
EVIDENCE = ("scan", "read", "keyed")
WIDE = ("opened", "confirmed", "determined", "disputed", "moved", "entered", "adopted", "unknown")
OFTEN = ("counted", "counted", "opened", "opened", "determined", "disputed", "moved", "moved")
TWO: dict[str, Any] = {"roles": ("validator", "validator"), "accounts": ("a", "b")}
ONE: dict[str, Any] = {"role": "kpu_kabkota", "account": "a"}


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event | None


class Wish(NamedTuple):
    """What somebody does; which number a ruling names is found when it is done."""

    what: str
    place: int  # which TPS
    block: int
    level: int  # of the area above it, where it is about one
    late: bool  # names the ruling before the one that stands
    votes: int
    page: int
    skip: int  # 0: the version is the next one, or the evidence is of the record's


CHOICES: tuple[tuple[Any, ...], ...] = (
    (*DECISIONS * 3, *EVIDENCE * 4, *WIDE, *OFTEN),
    (0, 0, 0, 1, 1, 2, 3),
    (0, 1),
    (4, 3, 2, 0, 4, 1),
    (*[False] * 5, True),
    tuple(range(1, 300, 7)),
    (3, 3, 1, 2),
    (*[0] * 6, 1, -1),
)
"""What each field of a wish can be, as often as it should be."""

SPLIT = 4


def _wish(first: int, second: int) -> Wish:
    """Two numbers instead of eight draws: long histories would be more than a generator has room for."""
    told = []
    for k, choices in enumerate(CHOICES):
        number = first if k < SPLIT else second
        told.append(choices[number % len(choices)])
        first, second = (first // len(choices), second) if k < SPLIT else (first, second // len(choices))
    return Wish(*told)


wishes = st.builds(
    _wish,
    st.integers(0, prod(map(len, CHOICES[:SPLIT])) - 1),
    st.integers(0, prod(map(len, CHOICES[SPLIT:])) - 1),
)


def standing(history: Sequence[Row], tps: str, subjects: tuple[str, ...], late: bool) -> int:
    """Number of the last ruling on one of `subjects`, or of the one before it."""
    numbers = [
        n for n, e in history if isinstance(e, ev.Ruling) and e.tps == tps and e.subject in subjects
    ]  # fmt: skip
    numbers = [0, *numbers]
    return numbers[-2] if late and len(numbers) > 1 else numbers[-1]


def event_of(
    wish: Wish, history: Sequence[Row], tps: str, areas: Sequence[str], blocks: dict[str, tuple[str, ...]]
) -> ev.Event | None:
    """The event of a wish about `tps`, or about one of the `areas` above it. `blocks`: name → fields."""
    name = tuple(blocks)[wish.block]
    if wish.what in DECISIONS:
        on = standing(history, tps, (name, "*"), wish.late)
        figures = tuple(
            (wish.votes * (j + 3)) % 800 if (wish.votes + j) % 7 else None for j in range(len(blocks[name]))
        )
        return _decision(wish.what, tps, name, on, figures)
    if wish.what in EVIDENCE:
        return _evidence(wish, history, tps, blocks)
    return _wide(wish, history, tps, areas[wish.level])


def _decision(what: str, tps: str, name: str, on: int, figures: ev.Figures) -> ev.Event:
    if what == "corrected":
        return corrected(tps, name, on, figures)
    if what == "withdrawn":
        return ev.BlockWithdrawn(tps=tps, at=AT, block=name, replaces=on, figures=None, reason="ordered", **TWO)
    return machine(tps, name, on, figures, held=what == "held")


def _evidence(wish: Wish, history: Sequence[Row], tps: str, blocks: dict[str, tuple[str, ...]]) -> ev.Event:
    opened = [e.version for _, e in history if isinstance(e, ev.VersionOpened) and e.tps == tps]
    version = [1, *opened][-1] + wish.skip
    if wish.what == "scan":
        return ev.ScanReceived(
            tps=tps, at=AT, page=wish.page, sha256="aa" * 32, size=9, version=version if version > 1 else None
        )
    if wish.what == "read":
        sent = [n for n, e in history if isinstance(e, ev.ScanReceived) and e.tps == tps]
        of = [0, *sent][-1 - (wish.late and len(sent) > 1)]
        page = next((e.page for n, e in history if n == of and isinstance(e, ev.ScanReceived)), wish.page)
        return page_read(tps, of, 2 if wish.skip else page, fault="scan.blurred" if wish.votes % 5 == 0 else None)
    keyed = reading(tps, {tuple(blocks)[wish.block]: (wish.votes,)})
    return ev.ReadingSubmitted(
        **{f: getattr(keyed, f) for f in keyed.__struct_fields__ if f != "version"}, version=max(version, 1)
    )


def _wide(wish: Wish, history: Sequence[Row], tps: str, area: str) -> ev.Event | None:
    def on(of: str, subject: str) -> int:
        return standing(history, of, (subject,), wish.late)

    disputes = [(n, e.tps) for n, e in history if isinstance(e, ev.DisputeOpened)]
    case, where = disputes[-(wish.votes % 2)] if disputes else (7, tps)
    where = tps if wish.skip else where
    versions = [e.version for _, e in history if isinstance(e, ev.VersionOpened) and e.tps == tps]
    seal: dict[str, Any] = {"number": "1", "date": "2029-03-20", "sk": "a" * 64, "ba": "b" * 64, "totals": ()}
    upto = history[-1].number if history and not wish.late else 0
    match wish.what:
        case "opened":
            return ev.VersionOpened(
                tps=tps, at=AT, replaces=on(tps, "*"), version=max([1, *versions]) + 1 + wish.skip, ground="psu",
                order="1", document=None, **TWO,
            )  # fmt: skip
        case "confirmed":
            return ev.AreaConfirmed(
                tps=area, at=AT, replaces=on(area, "confirmed"), entered=1, upto=upto, policy="p"
            )  # fmt: skip
        case "determined":
            return ev.ResultDetermined(tps=area, at=AT, replaces=on(area, "determined"), upto=upto, **seal, **TWO)
        case "disputed":
            return ev.DisputeOpened(
                tps=area if wish.skip else tps, at=AT, forum="mk", cause="other", reference="1", documents=(), **ONE
            )
        case "moved":
            return ev.DisputeMoved(
                tps=where, at=AT, replaces=on(where, f"dispute:{case}"), dispute=case, documents=(), follow_up=None,
                status=tuple(ev.STATUSES)[wish.votes % 5], **ONE,
            )  # fmt: skip
        case "entered":
            return ev.RecapEntered(
                tps=area, at=AT, of=area, replaces=on(area, f"recap:{area}"), figures={}, document=None,
                source="file", **ONE,
            )  # fmt: skip
        case "adopted":
            return ev.PolicyAdopted(tps="0", at=AT, replaces=on("0", "policy"), name="p", table={}, **TWO)
    return None
