"""Unchanged records are taken over from what lies there; several processes may keep one folder."""

import asyncio
import json
from pathlib import Path

import pytest
from publisher_scene import BASE, Night, follower

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import system_clock
from election.errors import SuaraError
from publisher import kept, places
from publisher.service import serve
from storage.journal import Journal
from storage.opened import open_storage

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), seed=3, kabupaten=1, kecamatan=1, kelurahan=1, tps=6)


def test_only_what_changed_is_asked_of_the_journal_and_the_neighbours_stay_byte_for_byte(
    bundle: Bundle, storage_settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    whole = Journal.of_records

    async def watched(self: Journal, tps: list[str], above: list[str] = ()) -> dict:  # type: ignore[assignment]
        asked.append(list(tps))
        return await whole(self, tps, above)

    monkeypatch.setattr(Journal, "of_records", watched)
    tree = bundle.tree
    mates = [tree.tps_kode(row) for row in range(tree.n_tps) if tree.tps_parent[row] == tree.tps_parent[0]]
    document = tmp_path / "public" / places.v1("ppwp", tree.kode(int(tree.tps_parent[0])))

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            for tps, kind in zip(mates, ("counted", "held"), strict=False):
                await night.play(tps, kind)
            await night.cut()
            publisher = follower(bundle, storage, tmp_path / "public")
            await publisher.catch_up()
            before = kept.read(document, mates, kept.digest(document.read_bytes()))
            asked.clear()
            await night.play(mates[2], "corrected")
            await night.cut()
            await publisher.catch_up()
            assert [tps for some in asked for tps in some] == [mates[2]]
            after = kept.read(document, mates, kept.digest(document.read_bytes()))
            assert [bytes(after[tps].raw) for tps in mates if tps != mates[2]] == [
                bytes(before[tps].raw) for tps in mates if tps != mates[2]
            ]
            changed = document.read_bytes().replace(b'"state":"counted"', b'"state":"held"')
            document.write_bytes(changed)  # a curious hand; a broken disk is no better
            asked.clear()
            await night.play(mates[3], "counted")
            await night.cut()
            await publisher.catch_up()
            assert set(mates[:4]) == {tps for some in asked for tps in some}
            await follower(bundle, storage, tmp_path / "anew").catch_up()

    asyncio.run(scenario())
    mended = json.loads(document.read_bytes())["records"]
    anew = json.loads((tmp_path / "anew" / document.relative_to(tmp_path / "public")).read_bytes())["records"]
    assert mended == anew


def test_a_document_of_other_tps_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text('{"records":[{"tps":"1","number":0,"version":1,"blocks":{}}]}')
    known = kept.digest(path.read_bytes())
    assert set(kept.read(path, ["1"], known)) == {"1"}
    assert kept.read(path, ["2"], known) == kept.read(path, ["1", "2"], known) == {}
    assert kept.read(tmp_path / "none.json", ["1"], known) == kept.read(path, ["1"], None) == {}


def test_a_process_that_is_told_of_another_contest_refuses(bundle: Bundle, storage_settings, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            public = tmp_path / "public"
            await serve(bundle, storage, public=public, base_url=BASE, clock=system_clock, contests=["pdpr"])

    with pytest.raises(SuaraError):
        asyncio.run(scenario())
