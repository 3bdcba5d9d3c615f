"""Outcome and outlook beside the engine: a function of the journal, the same however often and whenever it is made."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_scene import KEY, Night, engine_of, night, running, settled, until
from engine_scene import bundle as bundle  # noqa: PLC0414 — a fixture
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from recap_scene import AT
from state_scene import COUNTS, Model, Row, Step, journal, machine, steps

from election import bundle as bundles
from election import event as ev
from election.bundle import Bundle
from election.bundle.dapil import Dapil
from election.bundle.lists import Lists
from election.contest import CONTEST_TYPES
from election.outcome.materiality import Standing
from recap.companion import Seat
from recap.outlook import Outlooks, companion
from recap.outlook_told import Told, tell
from recap.outlook_view import partly, results, take
from recap.state import State
from storage.opened import Storage

ALL = tuple(CONTEST_TYPES)


@pytest.fixture(scope="module")
def election(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Two provinces and some TPS abroad; every contest there is."""
    out = tmp_path_factory.mktemp("outlook") / "b"
    return bundles.make(out, seed=5, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=10, tps=24, abroad=2, contests=ALL)


def folded(bundle: Bundle, key: str, rows: Sequence[Row]) -> State:
    state = State(bundle, key)
    state.fold(rows)  # type: ignore[arg-type]
    return state


def told(bundle: Bundle, state: State, since: int = -1) -> dict[str, Told]:
    asked = [area for area in results(state) if state.area_numbers[area] > since]
    return {one.kode: one for one in tell(take(bundle, state, asked))}


def facts(one: Told) -> tuple[dict[str, Any], dict[str, Any]]:
    return json.loads(one.outcome), json.loads(one.outlook)


@settings(deadline=None, max_examples=15)
@given(steps, st.sampled_from(ALL))
def test_a_view_holds_what_a_slow_reader_finds(election: Bundle, history: list[Step], key: str) -> None:
    rows, model = journal(election, key, history), Model(election, key)
    for row in rows:
        model.take(row)
    state = folded(election, key, rows)
    unsettled = state.unsettled()
    counted = partly(state, unsettled)
    for tps, record in model.records.items():
        row = election.tree.tps_index(tps)
        waits = any(s not in COUNTS for block, s in record.states.items() if block != "administrasi")
        assert unsettled[row] == waits
        votes = sum(record.told(*COUNTS).get(field, 0) for field in record.ballot.choice_fields)
        parties = key in ("pdpr", "pdprdp", "pdprdk")
        assert counted[row] == (votes if waits and parties else 0)


@settings(deadline=None, max_examples=15)
@given(steps, st.sampled_from(ALL))
def test_outlooks_made_after_each_change_are_those_made_at_once(
    election: Bundle, history: list[Step], key: str
) -> None:
    rows = journal(election, key, history)
    whole = told(election, folded(election, key, rows))
    state, kept, since = State(election, key), {}, -1
    for row in rows:
        kept |= told(election, state, since)
        since = state.number
        state.fold([row])  # type: ignore[list-item]
    kept |= told(election, state, since)
    assert {kode: (one.outcome, one.outlook) for kode, one in kept.items()} == {
        kode: (one.outcome, one.outlook) for kode, one in whole.items()
    }


def count(election: Bundle, key: str, tps: Sequence[int], start: int = 1) -> list[Row]:
    """All vote blocks of these TPS counted, 100 votes for the first choice and 10 for each other."""
    entries: list[Row] = []
    for row in tps:
        ballot = election.ballot(key, row)
        for block, fields in ballot.blocks.items():
            figures = tuple(100 if f == ballot.choice_fields[0] else 10 * (f in ballot.choice_fields) for f in fields)
            kode = election.tree.tps_kode(row)
            entries.append(Row(start + len(entries), machine(kode, block, 0, figures, held=False)))
    return entries


def holding(election: Bundle, key: str) -> list[int]:
    return np.flatnonzero(election.tps_holding(key)).tolist()


@pytest.mark.parametrize("key", ALL)
def test_when_all_tps_count_everything_is_settled_and_still_provisional(election: Bundle, key: str) -> None:
    state = folded(election, key, count(election, key, holding(election, key)))
    for one in told(election, state).values():
        outcome, outlook = facts(one)
        assert outcome["provisional"]
        assert outlook["tps"] == outlook["most"] == 0
        assert {answer["standing"] for answer in outlook["answers"]} <= {"settled", "cannot_tell"}
        assert all(a.get("tie") for a in outlook["answers"] if a["standing"] == "cannot_tell")


@pytest.mark.parametrize("key", ALL)
def test_before_any_tps_counts_everything_is_open(election: Bundle, key: str) -> None:
    for one in told(election, State(election, key)).values():
        _, outlook = facts(one)
        assert outlook["most"] == 999 * outlook["tps"] > outlook["likely"] > 0
        assert all(answer["standing"] != Standing.SETTLED for answer in outlook["answers"])
        assert outlook["headline"]["id"].startswith(("Belum pasti", "Belum dapat"))


def test_a_determined_result_is_final_until_a_version_is_opened(election: Bundle) -> None:
    rows = count(election, KEY, holding(election, KEY))
    seal = {"number": "1", "date": "2029-03-20", "sk": "a" * 64, "ba": "b" * 64, "upto": 0, "totals": ()}
    people = {"roles": ("r", "r"), "accounts": ("a", "b")}
    n = len(rows) + 1
    closed = Row(n, ev.ResultDetermined(tps="0", at=AT, replaces=0, **seal, **people))  # type: ignore[arg-type]
    order = {"version": 2, "ground": "psu", "order": "1", "document": None}
    tps = election.tree.tps_kode(0)
    opened = Row(n + 1, ev.VersionOpened(tps=tps, at=AT, replaces=0, **order, **people))  # type: ignore[arg-type]
    states = [folded(election, KEY, some) for some in (rows, [*rows, closed], [*rows, closed, opened])]
    outcomes = [facts(told(election, state)["0"]) for state in states]
    assert [outcome["provisional"] for outcome, _ in outcomes] == [True, False, True]
    assert [outlook["tps"] for _, outlook in outcomes] == [0, 0, 1]


def test_parties_that_share_a_number_are_told_apart_dapil_by_dapil(election: Bundle) -> None:
    holding_ = election.manifest.contests[ALL.index("pdprdp")]
    kode, local = next(iter(holding_.ballots.items()))
    last = replace(local[-1], number=local[0].number, id="900")  # where it stands, the first party does not
    ballots = {kode: tuple(sorted((*local[1:-1], last), key=lambda choice: choice.number))}
    contests = tuple(replace(one, ballots=ballots) if one is holding_ else one for one in election.manifest.contests)
    shared = replace(election, manifest=replace(election.manifest, contests=contests), lists=Lists.none())
    held = holding(shared, "pdprdp")
    assert f"partai_{last.number}" not in shared.printed("pdprdp").common
    for one in told(shared, folded(shared, "pdprdp", count(shared, "pdprdp", held))).values():
        outcome, _ = facts(one)
        if "won" in outcome:
            assert sum(outcome["won"].values()) == outcome["seats"]
            assert ("900" in outcome["won"]) == one.kode.startswith(kode)


@pytest.mark.parametrize("key", ["pdpr", "pdprdp", "pdprdk"])
def test_where_no_seats_are_known_votes_are_told_and_nothing_fails(election: Bundle, key: str) -> None:
    dapil = tuple(replace(one, seats=0) for one in election.dapil.districts)
    unknown = replace(election, dapil=Dapil(dapil))
    for one in told(unknown, folded(unknown, key, count(unknown, key, holding(unknown, key)[:5]))).values():
        outcome, outlook = facts(one)
        won = outcome["won"] if "won" in outcome else outcome["seats"]
        assert not any(won.values()) and not outlook.get("dapil")
        assert [answer for answer in outlook.get("answers", ()) if answer["question"] == "seats"] == []


# --- the companion --------------------------------------------------------------------------------------------------


class Line:
    """A connection whose transaction may be lost."""

    def __init__(self) -> None:
        self.committed: dict[str, int] = {}
        self.open: dict[str, int] = {}

    async def execute(self, _: str, __: str, kodes: list[str], numbers: list[int], *___: object) -> None:
        self.open |= dict(zip(kodes, numbers, strict=True))

    async def fetch(self, _: str, __: str, kodes: list[str]) -> list[tuple[str, int]]:
        return [(kode, number) for kode, number in self.committed.items() if kode in kodes]

    def end(self, commits: bool) -> None:
        self.committed |= self.open if commits else {}
        self.open = {}


def beside(election: Bundle, state: State) -> tuple[Outlooks, list[int]]:
    asked: list[int] = []
    seat = Seat(election, state.key, state, None, None, lambda: None, lambda: asked.append(1))  # type: ignore[arg-type]
    return Outlooks(seat), asked


def test_what_a_lost_cut_has_written_is_written_by_the_next(election: Bundle) -> None:
    async def scene() -> None:
        state, line = folded(election, "pdpd", count(election, "pdpd", holding(election, "pdpd")[:3])), Line()
        one, asked = beside(election, state)
        await one.look()
        assert asked == [1]
        for commits in (False, False, True):
            await one.publish(line, state.number)  # type: ignore[arg-type]
            assert set(line.open) == set(told(election, state))
            line.end(commits)
        await one.publish(line, state.number)  # type: ignore[arg-type]
        assert not line.open

    asyncio.run(scene())


def test_only_what_says_something_else_is_written_again(election: Bundle) -> None:
    async def scene() -> None:
        held = holding(election, "pdpd")
        state, line = State(election, "pdpd"), Line()
        one, asked = beside(election, state)
        await one.look()
        await one.publish(line, 0)  # type: ignore[arg-type]
        line.end(commits=True)
        await one.look()
        assert asked == [1], "nothing has changed"
        state.fold(count(election, "pdpd", held[:1]))  # type: ignore[arg-type]
        await one.look()
        await one.publish(line, state.number)  # type: ignore[arg-type]
        assert list(line.open) == [election.tree.tps_kode(held[0])[:2]]

    asyncio.run(scene())


def test_an_outlook_that_fails_stops_nothing_and_is_tried_at_the_next_change(
    election: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        state, line = State(election, "pdpd"), Line()
        one, asked = beside(election, state)
        with monkeypatch.context() as broken:
            broken.setattr("recap.outlook.tell", lambda view: 1 / 0)
            await one.look()
        assert not asked
        state.fold(count(election, "pdpd", holding(election, "pdpd")[:1]))  # type: ignore[arg-type]
        await one.look()
        await one.publish(line, state.number)  # type: ignore[arg-type]
        assert line.open

    asyncio.run(scene())


@pytest.mark.servers
@night
async def test_the_engine_publishes_outcome_and_outlook(storage: Storage, bundle: Bundle, folder: Path) -> None:
    async def row() -> tuple[int, str, str] | None:
        found = await storage.pool.fetchrow("select number, outcome, outlook from published.outcome where kode = '0'")
        return None if found is None else tuple(found)

    sends, engine = Night(bundle, storage), engine_of(bundle, storage, folder, takes=(companion,))
    async with running(engine):
        await sends.record(0)
        await settled(storage, engine)

        async def there() -> bool:
            found = await row()
            return found is not None and json.loads(found[2])["tps"] == bundle.tree.n_tps - 1

        await until(there)
    first = await row()
    assert first is not None
    said = told(bundle, engine.state)["0"]
    assert (json.loads(first[1]), json.loads(first[2])) == facts(said)
    await storage.pool.execute("delete from published.outcome")
    again = engine_of(bundle, storage, folder, takes=(companion,))
    async with running(again):

        async def back() -> bool:
            return await row() is not None

        await until(back)
    assert (await row())[1:] == first[1:]  # type: ignore[index]
