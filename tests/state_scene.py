"""Histories of any contest for the tests of the state, and what a slow and simple reader makes of them: dictionaries,
one TPS at a time, sums by walking up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from recap_scene import AT, corrected, scan

from election import event as ev
from election.bundle import Bundle
from election.contest import Contest
from election.event import Figures
from election.rules import identities

COUNTS = ("counted", "verified", "final")
OLD = ("verified", "final", "withdrawn")
TPS_TOUCHED = 7


class Row(NamedTuple):
    """A journal entry."""

    number: int
    event: ev.Event | None


Step = tuple[str, int, int, bool, int, int]

steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(
            ["counted"] * 4
            + ["held", "corrected", "withdrawn", "opened", "confirmed", "determined", "scan", "unknown", "elsewhere"]
        ),
        st.integers(0, TPS_TOUCHED - 1),
        st.integers(0, 9),  # block, or level of an area
        st.booleans(),  # names what stands, or something stale
        st.integers(0, 400),  # figures
        st.integers(0, 30),  # which figure is missing
    ),
    max_size=30,
)


def journal(bundle: Bundle, key: str, told: Sequence[Step]) -> list[Row]:
    """Entries of `told`. What each replaces follows from the slow reader, so that most are no stale ones."""
    rows: list[Row] = []
    held = [row for row in range(bundle.tree.n_tps) if bundle.holds(key, row)]
    spread = [held[i * (len(held) - 1) // (TPS_TOUCHED - 1)] for i in range(TPS_TOUCHED)]
    model = Model(bundle, key)
    for number, (what, which, block, fresh, votes, gap) in enumerate(told, 1):
        made = Row(number, _event(model, what, spread[which], block, votes, gap, 0 if fresh else number))
        rows.append(made)
        model.take(made)
    return rows


def _event(model: "Model", what: str, row: int, at: int, votes: int, gap: int, stale: int) -> ev.Event | None:
    bundle, tps = model.bundle, model.bundle.tree.tps_kode(row)
    ballot = bundle.ballot(model.key, row)
    name = tuple(ballot.blocks)[-1 - at % len(ballot.blocks)]
    figures: Figures = tuple(None if j == gap else (votes * (j + 3)) % 800 for j in range(len(ballot.blocks[name])))
    record = model.records[tps]
    replaces = stale or record.decisions[name]
    area = bundle.tree.kode(bundle.tree.path(row)[at % 5])
    people = {"roles": ("validator", "validator"), "accounts": ("a", "b")}
    seal = {"number": "1", "date": "2029-03-20", "sk": "a" * 64, "ba": "b" * 64, "upto": 0, "totals": ()}
    match what:
        case "counted" | "held":
            return machine(tps, name, replaces, figures, held=what == "held")
        case "corrected":
            return corrected(tps, name, replaces, figures)
        case "withdrawn":
            return ev.BlockWithdrawn(
                tps=tps, at=AT, block=name, replaces=replaces, figures=None, reason="ordered", **people
            )
        case "opened":
            version = record.version + (1 if votes % 5 else 2)
            order = {"ground": "psu", "order": "1", "document": None}
            return ev.VersionOpened(tps=tps, at=AT, replaces=stale or record.opened, version=version, **order, **people)
        case "confirmed":
            return ev.AreaConfirmed(tps=area, at=AT, replaces=0, entered=1, upto=1, policy="p")
        case "determined":
            return ev.ResultDetermined(tps=area, at=AT, replaces=0, **seal, **people)
        case "scan":
            return scan(tps, 1)
        case "elsewhere":
            return machine("9999999999999", name, 0, figures, held=False)
    return None


def machine(tps: str, block: str, replaces: int, figures: Figures, held: bool) -> ev.Decision:
    """A decision of the machine's."""
    common = {"tps": tps, "at": AT, "block": block, "replaces": replaces, "figures": figures, "scans": (1,)}
    if held:
        return ev.BlockHeld(**common, reading=1, salt=None, read=None, reasons=("E404",), policy="p")
    return ev.BlockCounted(**common, reading=1, salt="5" * 32, policy="p")


class Slow:
    """One record, as the slow reader keeps it."""

    def __init__(self, ballot: Contest) -> None:
        self.ballot = ballot
        self.version, self.opened, self.closed, self.last = 1, 0, False, 0
        self.states = dict.fromkeys(ballot.blocks, "awaited")
        self.decisions = dict.fromkeys(ballot.blocks, 0)
        self.figures: dict[str, Figures] = {}

    def decide(self, number: int, event: ev.Decision) -> None:
        if event.block not in self.states or event.replaces != self.decisions[event.block]:
            return
        self.decisions[event.block] = number
        state = self.states[event.block]
        judged = isinstance(event, ev.BlockCounted | ev.BlockHeld)
        lost = isinstance(event, ev.BlockWithdrawn) and state == "awaited"
        if self.closed or lost or (judged and state in OLD):
            return
        names = {"block_counted": "counted", "block_held": "held", "block_corrected": "verified"}
        self.states[event.block] = names.get(event.__struct_config__.tag, "withdrawn")
        if event.figures is not None:
            self.figures[event.block] = event.figures

    def open(self, number: int, event: ev.VersionOpened) -> None:
        if (event.version, event.replaces) == (self.version + 1, self.opened):
            self.version, self.opened, self.closed, self.figures = event.version, number, False, {}
            self.states = dict.fromkeys(self.states, "awaited")
            self.decisions = dict.fromkeys(self.decisions, number)

    def seal(self, number: int, closes: bool) -> None:
        for block, state in self.states.items():
            if state in ("counted", "verified"):
                self.states[block], self.last = "final", number
        self.closed |= closes

    def told(self, *states: str) -> dict[str, int]:
        """Field → figure, of the blocks in these states."""
        rows = ((block, self.figures.get(block, ())) for block, state in self.states.items() if state in states)
        cells = (pair for block, row in rows for pair in zip(self.ballot.blocks[block], row, strict=False))
        return {field: figure for field, figure in cells if figure is not None}

    def residuals(self) -> dict[tuple[str, str], int]:
        told = self.told(*COUNTS)
        return {
            (one.code, one.part): sum(factor * told[field] for field, factor in one.terms)
            for one in identities(self.ballot)
            if all(field in told for field, _ in one.terms)
        }


class Model:
    """Every record of a contest."""

    def __init__(self, bundle: Bundle, key: str) -> None:
        self.bundle, self.key = bundle, key
        held = [row for row in range(bundle.tree.n_tps) if bundle.holds(key, row)]
        self.rows = {bundle.tree.tps_kode(row): row for row in held}
        self.records = {tps: Slow(bundle.ballot(key, row)) for tps, row in self.rows.items()}
        self.seals: dict[str, int] = {}

    def take(self, entry: Row) -> None:
        event = entry.event
        if isinstance(event, ev.AreaConfirmed | ev.ResultDetermined):
            self.seals[event.tps] = entry.number
            for tps in self.within(event.tps):
                self.records[tps].seal(entry.number, isinstance(event, ev.ResultDetermined))
        elif event is not None and event.tps in self.records:
            record = self.records[event.tps]
            record.last = entry.number
            if isinstance(event, ev.Decision):
                record.decide(entry.number, event)
            elif isinstance(event, ev.VersionOpened):
                record.open(entry.number, event)

    def within(self, kode: str) -> list[str]:
        tree = self.bundle.tree
        above = {tps: [tree.kode(area) for area in tree.path(row)] for tps, row in self.rows.items()}
        return [tps for tps, kodes in above.items() if kode in kodes]

    def sums(self, tpss: Sequence[str], *states: str) -> Mapping[str, int]:
        """Field → sum over these TPS."""
        found: dict[str, int] = {}
        for tps in tpss:
            for field, figure in self.records[tps].told(*states).items():
                found[field] = found.get(field, 0) + figure
        return found

    def number(self, kode: str) -> int:
        """Of the last event that decided something in an area."""
        tree = self.bundle.tree
        decided = [max(self.records[tps].decisions.values()) for tps in self.within(kode)]
        area = tree.area_index(kode)
        of = tree.tps_of(area)
        sealed = [
            number
            for code, number in self.seals.items()
            if code in self._above(area) or self._inside(tree.area_index(code), of)
        ]
        return max([0, *decided, *sealed])

    def _above(self, area: int) -> list[str]:
        tree, found = self.bundle.tree, []
        while area >= 0:
            found.append(tree.kode(area))
            area = int(tree.parent[area])
        return found

    def _inside(self, area: int, of: slice) -> bool:
        start, stop = int(self.bundle.tree.tps_start[area]), int(self.bundle.tree.tps_stop[area])
        return of.start <= start and stop <= of.stop
