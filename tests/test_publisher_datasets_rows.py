"""Rows of open data from any records at all, without a database; and how files are served, and kept before the gate."""

import asyncio
import os
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from election import bundle as bundles
from election.block import COUNTING, WORDS
from election.bundle import Bundle
from election.clock import stamp
from publisher.datasets.areas import Places, provinces
from publisher.datasets.build import build
from publisher.datasets.built import Builds
from publisher.datasets.records import Chunk
from publisher.datasets.room import room
from publisher.datasets.service import Datasets
from publisher.datasets.source import BlockRow, Nothing, figures_of
from publisher.datasets.tables import tables
from publisher.front import app
from publisher.rows import Cut

KEYS = ("ppwp", "pdpr", "pdpd")
NOON = datetime(2029, 2, 14, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("rows") / "b"
    return bundles.make(folder, seed=3, provinsi=2, kabupaten=2, kecamatan=2, kelurahan=4, tps=8, contests=KEYS)


def sent(values: list[int | None]) -> bytes:
    """An array as PostgreSQL's protocol documents it."""
    head = struct.pack(">iiIii", 1, int(None in values), 23, len(values), 1)
    return head + b"".join(struct.pack(">i", -1) if v is None else struct.pack(">ii", 4, v) for v in values)


@given(
    st.lists(
        st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(0, 999)), min_size=4, max_size=4)), max_size=9
    )
)
def test_arrays_arrive_as_they_were_sent(arrays: list[list[int | None] | None]) -> None:
    got = figures_of([None if one is None else sent(one) for one in arrays], 4)
    wanted = [[-1] * 4 if one is None else [-1 if v is None else v for v in one] for one in arrays]
    assert got.tolist() == wanted


Records = dict[tuple[int, str], tuple[str, list[int | None]]]


@settings(max_examples=12)
@given(data=st.data(), key=st.sampled_from(KEYS))
def test_columns_and_long_rows_are_the_sums_of_what_counts(bundle: Bundle, data: st.DataObject, key: str) -> None:
    places, found, wanted = Places(bundle, key), [], {}
    rows = np.flatnonzero(places.printed.of_tps >= 0)
    for row in rows.tolist():
        ballot = bundle.ballot(key, row)
        for block, fields in ballot.blocks.items():
            state = data.draw(st.sampled_from(list(WORDS)))
            seed = data.draw(st.integers(0, 2**20))
            values = [None if (seed + j) % 11 == 0 else (seed * (j + 3)) % 1000 for j in range(len(fields))]
            found.append(BlockRow(bundle.tree.tps_kode(row), block, state.value, 1, seed, "", "", sent(values), None))
            for name, value in zip(fields, values, strict=True):
                if state in COUNTING:
                    wanted[name] = wanted.get(name, 0) + (value or 0)
    chunk = Chunk(places, rows, data.draw(st.permutations(found)))
    table = next(one for one in tables(key, places.printed) if one.path == "tps")
    wide, sums = chunk.wide(table), {}
    for name in places.printed.common:
        sums[name] = sum(value or 0 for value in wide[name].to_pylist())
    for name, value in zip(*(chunk.votes()[name].to_pylist() for name in ("field", "value")), strict=True):
        sums[name] = sums.get(name, 0) + (value or 0)
    assert {name: value for name, value in sums.items() if value} == {name: v for name, v in wanted.items() if v}
    held = [row for row in found if row.state == "held"]
    assert set(zip(*(chunk.held()[name].to_pylist() for name in ("kode", "block")), strict=True)) == {
        (row.tps, row.block) for row in held
    }


class Counting(Nothing):
    """A source that has reached a cut."""

    def __init__(self, number: int) -> None:
        super().__init__(stamp(NOON))
        self.number = number

    async def cut(self) -> Cut | None:
        return Cut(self.number, stamp(NOON)) if self.number >= 0 else None


def made(bundle: Bundle, public: Path, source: Nothing, edition: str = "e") -> bool:
    return asyncio.run(build(bundle, "ppwp", source, None, public, edition, lambda: NOON))


def test_two_builds_are_kept_and_readers_of_the_first_are_not_cut_off(bundle: Bundle, tmp_path: Path) -> None:
    assert made(bundle, tmp_path, Counting(-1)), "before the first cut there are zeros"
    assert not made(bundle, tmp_path, Nothing(stamp(NOON))) and not made(bundle, tmp_path, Nothing(stamp(NOON)))
    first = (tmp_path / "data/ppwp").resolve()
    assert made(bundle, tmp_path, Counting(5)) and first.exists()
    assert made(bundle, tmp_path, Counting(6)) and not first.exists()
    folder, built = Builds(tmp_path, "ppwp").standing()
    slow = {one.number for one in built.resources if one.table == "xlsx"}
    assert (built.quick.number, slow) == (6, {0})
    assert len(list(folder.parent.iterdir())) == 2
    kodes = [kode for kode, _ in provinces(Places(bundle, "ppwp"))]
    assert sorted(path.stem for path in (folder / "xlsx").iterdir()) == kodes
    assert not made(bundle, tmp_path, Counting(-1), "another"), "what is half written waits"
    (folder / ".build.json").write_text("{")
    assert made(bundle, tmp_path, Counting(6)), "a build that cannot be read is made again"


def test_a_build_beside_another_is_not_taken_away_and_an_abandoned_one_is(bundle: Bundle, tmp_path: Path) -> None:
    builds = Builds(tmp_path, "ppwp")
    made(bundle, tmp_path, Counting(4))
    with builds.new() as going_on, builds.new() as abandoned:
        os.utime(abandoned, (0, 0))
        assert made(bundle, tmp_path, Counting(5))
        assert (going_on.exists(), abandoned.exists()) == (True, False)


def test_killed_before_the_package_was_written_the_next_round_writes_it(bundle: Bundle, tmp_path: Path) -> None:
    datasets = Datasets(bundle, tmp_path, "", None, lambda: NOON)
    made(bundle, tmp_path, Counting(4))
    assert datasets._stale()
    datasets.describe()
    assert not datasets._stale()
    made(bundle, tmp_path, Counting(5))
    assert datasets._stale(), "it tells hashes of files that are no more"
    datasets.describe()
    assert not datasets._stale()


def test_tables_are_served_in_pieces_and_nothing_beside_them(bundle: Bundle, tmp_path: Path) -> None:
    made(bundle, tmp_path, Nothing(stamp(NOON)))
    whole = (tmp_path / "data/ppwp/tps.parquet").read_bytes()

    async def ask() -> None:
        async with TestClient(TestServer(app(tmp_path, [room(tmp_path)]))) as client:
            answer = await client.get("/data/ppwp/tps.parquet", headers={"Range": "bytes=-8"})
            assert (answer.status, await answer.read()) == (206, whole[-8:])
            answer = await client.get("/data/ppwp/tps.parquet")
            assert await answer.read() == whole and answer.headers["Access-Control-Allow-Origin"] == "*"
            tag = {"If-None-Match": answer.headers["ETag"]}
            assert (await client.get("/data/ppwp/tps.parquet", headers=tag)).status == 304
            for path in ("ppwp/.build.json", "../.state/ppwp.json", "%2e%2e/x.csv", "ppwp/", "ppwp", "none.csv"):
                assert (await client.get(f"/data/{path}")).status == 404

    asyncio.run(ask())
    assert pq.read_table(tmp_path / "data/ppwp/tps.parquet").num_rows == 8
