"""Random histories: record fold and state against a naive model, whatever happens and however it is delivered.

A history is made as the journal would make it (every ruling judged before it is let in), or as a database would that
lets everything in. It is delivered in batches that overlap; the engine's memory is lost at any time and comes back
from a snapshot, or from nothing.
"""

import random
import tempfile
from itertools import pairwise
from pathlib import Path

import history_model as model
import pytest
from history_scene import Row, Wish, event_of, wishes
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from election import bundle as bundles
from election import record as rec
from election.bundle import Bundle
from election.record import Record
from recap import snapshot
from recap.snapshot import Snapshot
from recap.state import CODES, State

KEYS = ("ppwp", "pdpr")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces and voters abroad; a contest of one ballot and one of many."""
    return make(tmp_path_factory.mktemp("histories") / "b")


def make(folder: Path) -> Bundle:
    sizes = {"provinsi": 2, "kabupaten": 4, "kecamatan": 6, "kelurahan": 9, "tps": 24, "abroad": 2}
    return bundles.make(folder, seed=5, **sizes, contests=KEYS)


class Places:
    """Of one contest: where things happen, and every TPS's pages and fields."""

    def __init__(self, bundle: Bundle, key: str) -> None:
        tree = bundle.tree
        rows = [row for row in range(tree.n_tps) if bundle.holds(key, row)]
        self.bundle, self.key, self.rows = bundle, key, {tree.tps_kode(row): row for row in rows}
        self.fields = {tps: dict(bundle.ballot(key, row).blocks) for tps, row in self.rows.items()}
        self.pages = {tps: {name: _pages(i) for i, name in enumerate(blocks)} for tps, blocks in self.fields.items()}
        codes = list(self.rows)
        one, near = next((a, b) for a, b in pairwise(codes) if a[:10] == b[:10])
        self.busy = [one, near, codes[0] if one != codes[0] else codes[len(codes) // 2], codes[-1]]
        self.above = {tps: [tree.kode(area) for area in tree.path(row)] for tps, row in self.rows.items()}
        self.mark = snapshot.fingerprint(bundle, key)


def _pages(block: int) -> tuple[int, ...]:
    return (1, 2) if block == 0 else (3,)


class Histories(RuleBasedStateMachine):
    """The journal, an engine that may die, and how far it has read."""

    place: dict[str, Places]

    @initialize(key=st.sampled_from(KEYS), guarded=st.sampled_from([False, False, True]))
    def begin(self, key: str, guarded: bool) -> None:
        self.at = self.place[key]
        self.guarded, self.journal = guarded, list[Row]()
        self.kept: bytes | None = None
        self.busy = {tps: self.at.pages[tps] for tps in self.at.busy}
        self.restart(from_disk=False)

    @rule(
        told=st.lists(wishes, min_size=2, max_size=10),
        many=st.integers(1, 12),
        again=st.integers(0, 5),
        then=st.sampled_from(["read on", "read on", "read on", "keep", "lost", "restored"]),
    )
    def goes_on(self, told: list[Wish], many: int, again: int, then: str) -> None:
        """One rule, not several: a machine with several leaves some out of most histories."""
        for wish in told:
            self.happened(wish)
        self.delivered(many, again)
        if then == "keep":
            self.kept = Snapshot.of(self.state, set(), self.at.mark).encode()
        elif then != "read on":
            self.restart(from_disk=then == "restored")

    def happened(self, wish: Wish) -> None:
        tps = self.at.busy[wish.place]
        event = event_of(wish, self.journal, tps, self.at.above[tps], self.at.fields[tps])
        if not self.guarded or event is None or model.answer(self.journal, event, self.at.pages) == "APPENDED":
            self.journal.append(Row(len(self.journal) + 1, event))

    def delivered(self, many: int, again: int) -> None:
        start = max(0, self.state.number - again)
        entries = self.journal[start : self.state.number + many]
        self.state.fold(entries)
        for entry in entries:
            self.records = {tps: rec.apply(record, entry) for tps, record in self.records.items()}
        self.records_are_right(model.read(self.journal[: self.state.number], self.busy))

    def restart(self, from_disk: bool) -> None:
        self.state = State(self.at.bundle, self.at.key)
        if from_disk and self.kept is not None:
            with tempfile.NamedTemporaryFile() as file:
                file.write(self.kept)
                file.flush()
                snapshot.thaw(Path(file.name), self.state, self.at.mark)
        read = self.journal[: self.state.number]
        self.records = {tps: rec.fold(read, self.at.pages[tps], tps) for tps in self.at.busy}

    def teardown(self) -> None:
        if not hasattr(self, "at"):
            return
        self.delivered(len(self.journal) + 1, 3)
        wanted = model.read(self.journal, self.at.pages)
        shuffled = [*self.journal, *self.journal[-4:]]
        random.Random(len(self.journal)).shuffle(shuffled)
        for tps in self.at.busy:
            assert rec.fold(shuffled, self.at.pages[tps], tps) == self.records[tps], "order of arrival changes nothing"
        self.records_are_right(wanted)
        same_rows(self.at, self.state, wanted)
        same_sums(self.at, self.state, wanted)

    def records_are_right(self, wanted: dict) -> None:
        for tps in self.at.busy:
            assert told(self.records[tps]) == expected(wanted[tps], self.at.pages[tps])


def told(record: Record) -> dict[str, object]:
    """A record as far as the model says anything of it."""
    return {
        "version": record.version,
        "opened": record.opened.number if record.opened else 0,
        "determined": record.determined,
        "blocks": {b.name: (b.state.value, b.decision, b.figures, b.counts) for b in record.blocks},
        "earlier": [
            {b.name: (b.stood and b.stood.value, b.figures) for b in old.blocks if b.state == "superseded"}
            for old in record.earlier
        ],
        "disputes": {case.number: (case.kode, case.status, case.moved) for case in record.cases},
    }


def expected(record: dict, pages: dict) -> dict[str, object]:
    shown = {name: model.shown(record, pages, name) for name in record["blocks"]}
    return {
        **{name: record[name] for name in ("version", "opened", "determined", "earlier")},
        "blocks": {
            name: (shown[name], block["decision"], block["figures"], shown[name] in model.COUNTS)
            for name, block in record["blocks"].items()
        },
        "disputes": {number: (d["tps"], d["status"], d["moved"]) for number, d in record["disputes"].items()},
    }


def same_rows(at: Places, state: State, wanted: dict) -> None:
    for tps, row in at.rows.items():
        blocks = wanted[tps]["blocks"].values()
        n = len(blocks)
        assert [CODES[code] for code in state.states[row, :n]] == [block["state"] or "awaited" for block in blocks]
        assert state.decisions[row, :n].tolist() == [block["decision"] for block in blocks]
        assert state.versions[row] == wanted[tps]["version"]


def same_sums(at: Places, state: State, wanted: dict) -> None:
    for area in range(at.bundle.tree.n_areas):
        kode, fields = at.bundle.tree.kode(area), state.printed.fields(area)
        within = {tps: wanted[tps] for tps, above in at.above.items() if kode in above}
        counted, held = model.sums(within, at.fields, model.COUNTS), model.sums(within, at.fields, ("held",))
        assert state.totals(area).tolist() == [counted.get(field, 0) for field in fields], kode
        assert state.held(area).tolist() == [held.get(field, 0) for field in fields], kode
        for which in ("final", "withdrawn", "verified"):
            found = sum(record["blocks"]["suara"]["state"] == which for record in within.values())
            assert state.areas[area, state.columns.count("suara", which)] == found, (kode, which)
        assert state.areas[area, state.columns.tps_counted] == sum(
            record["blocks"]["suara"]["state"] in model.COUNTS for record in within.values()
        )
        assert state.areas[area, state.columns.versions] == sum(record["version"] > 1 for record in within.values())


def test_any_history_gives_what_the_naive_model_has(bundle: Bundle) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Histories.place = {key: Places(bundle, key) for key in KEYS}
    run_state_machine_as_test(
        Histories, settings=settings(max_examples=120, stateful_step_count=20, deadline=None)
    )  # fmt: skip
