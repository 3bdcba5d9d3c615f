"""The public folder after mishaps: whatever happened on the way, it ends as one that was written from nothing."""

import asyncio
import errno
import gzip
import json
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from publisher_contests import reopen
from publisher_scene import Night, chronicler, follower, slipped
from test_publisher_service import codes, same, tree

from election import bundle as bundles
from election.bundle import Bundle
from election.clock import Clock
from election.event import BlockWithdrawn
from publisher import folder as folders
from publisher import places, squeezed
from publisher.chronicle import feed, held
from publisher.folder import Folder
from publisher.site import tps as pages
from publisher.site.sheet import Sheets
from storage.opened import Storage, open_storage

NATION = "v1/ppwp/0.json"
LONG = b'{"text":"' + b"suara " * 500 + b'"}'


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), seed=3, kabupaten=1, kecamatan=2, kelurahan=3, tps=9)


@pytest.mark.parametrize(
    "left", [b"", gzip.compress(b"older"), squeezed.squeeze(LONG)[:-9]], ids=["empty", "older", "cut off"]
)
def test_a_companion_that_says_something_else_is_put_right_though_its_document_stands(
    tmp_path: Path, left: bytes
) -> None:
    """After a power cut it may be empty, after a kill and a step back of the program ahead of its document."""
    folder = Folder(tmp_path)
    folder.write(NATION, LONG)
    companion = tmp_path / (NATION + squeezed.SUFFIX)
    companion.write_bytes(left)
    folder.write(NATION, LONG)
    assert gzip.decompress(companion.read_bytes()) == LONG


def test_another_rule_takes_companions_away_and_no_table_of_the_open_data(tmp_path: Path) -> None:
    folder, table = Folder(tmp_path), tmp_path / ".state/data/ppwp/1-ab/votes/tps/41.csv.gz"
    folder.sweep(0)
    folder.write(NATION, LONG)
    table.parent.mkdir(parents=True)
    table.write_bytes(gzip.compress(b"kode\r\n"))
    (tmp_path / ".state/squeezed").write_text("")  # as a power cut leaves it
    Folder(tmp_path).sweep(0)
    assert table.exists() and not (tmp_path / (NATION + squeezed.SUFFIX)).exists()


def test_a_full_disk_is_not_filled_with_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, fill = Folder(tmp_path), folders._fill

    def full(path: str, data: bytes, *, sync: bool = False) -> None:
        fill(path, data[:100], sync=sync)
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(folders, "_fill", full)
    for write in (folder.write, folder.keep):
        with pytest.raises(OSError, match="no space"):
            write(NATION, LONG)
    assert list(tmp_path.rglob("*.part")) == []


class Mishap(Exception):
    """The process ends here."""


class Fate:
    """Lets so many files appear and then kills, or fills the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.error = -1, Mishap
        self._show = Folder._show
        fate = self

        def show(self: Folder, part: str, path: str) -> None:
            if fate.left == 0:
                raise fate.error("no space left on device")
            fate.left -= 1
            fate._show(self, part, path)

        monkeypatch.setattr(Folder, "_show", show)


async def change(night: Night, rng: random.Random, tps: list[str]) -> None:
    """Something happens to a record: its first evening, a withdrawal, another version."""
    one = rng.choice(tps)
    if one not in night.truth:
        return await night.play(one, rng.choice(["counted", "held", "corrected", "proposed", "arriving", "unread"]))
    on = await night.journal.decided(one, "suara")
    what = rng.choice(["correct", "withdraw", "reopen"])
    if what == "reopen" and not await night.journal.decided(one, "*"):
        await reopen(night, one)
    elif what == "withdraw" and on:
        await night.send(
            BlockWithdrawn(
                tps=one, at=night.now(), block="suara", figures=None, replaces=on, reason="wrong_page",
                roles=("kpu_kabkota", "kpu_kabkota"), accounts=("private.name", "private.other"),
            ),
            expect=on,
        )  # fmt: skip
    elif on:
        figures = tuple(night.truth[one][name] for name in night.contest.blocks["suara"])
        await night.correct(one, "suara", on, 0, rng.choice([figures, slipped(figures)]))
    return None


def ticking() -> Clock:
    """A minute goes by between two looks: of one area a point a minute is kept."""
    minutes = count()
    return lambda: datetime(2029, 2, 14, 8, tzinfo=UTC) + timedelta(minutes=next(minutes))


async def from_nothing(bundle: Bundle, storage: Storage, public: Path) -> None:
    await follower(bundle, storage, public).catch_up()
    await chronicler(bundle, storage, public).catch_up()


@pytest.mark.servers
@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_history_and_any_mishaps_the_folder_is_one_written_from_nothing(
    bundle: Bundle, storage_settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(feed, "PAGE", 3)
    rng, fate, tps, public = random.Random(seed), Fate(monkeypatch), codes(bundle), tmp_path / "public"

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Evening(bundle, storage)
            clock = ticking()
            publishers = [make(bundle, storage, public, clock) for make in (follower, chronicler)]
            for _ in range(4):
                for _ in range(rng.randrange(2, 7)):
                    await change(night, rng, tps)
                await night.cut()
                for at, make in enumerate((follower, chronicler)):
                    fate.left, fate.error = rng.choice([-1, rng.randrange(40)]), rng.choice([Mishap, OSError])
                    with suppress(Mishap, OSError):
                        await publishers[at].catch_up()
                    if fate.error is Mishap:
                        publishers[at] = make(bundle, storage, public, clock)
            fate.left = -1
            for one in publishers:
                await one.catch_up()
            await from_nothing(bundle, storage, tmp_path / "anew")

    asyncio.run(scenario())
    compare(tree(public), tree(tmp_path / "anew"))


class Evening(Night):
    """One whose rulings may name what they replace."""

    async def send(self, event, expect: int = 0) -> int:
        return await self.append(event)


COURSE = ("v1/ppwp/history/", "ppwp/waktu/")
"""How the count went on depends on when it was looked at; of documents the last point is compared."""


def compare(found: dict[str, bytes], anew: dict[str, bytes]) -> None:
    """Byte for byte, but for the cut at which a document was written."""
    assert anew.keys() <= found.keys()
    assert {path for path in found.keys() - anew.keys() if not left_behind(path, found[path])} == set()
    plain = [path for path in anew if not path.endswith(squeezed.SUFFIX) and not path.startswith(COURSE)]
    assert [path for path in plain if not same(found[path], anew[path])] == []
    for path, data in found.items():
        if path.endswith(squeezed.SUFFIX):
            assert gzip.decompress(data) == found[path.removesuffix(squeezed.SUFFIX)]
        if path.startswith(COURSE[0]) and path.endswith(".json"):
            numbers = [one["number"] for one in json.loads(data)["points"]]
            assert numbers == sorted(set(numbers))
            last = [json.loads(one[path])["points"][-1] for one in (found, anew)]
            assert last[0] | {"number": 0, "at": ""} == last[1] | {"number": 0, "at": ""}


def left_behind(path: str, data: bytes) -> bool:
    """What a folder with a past may have beside: pictures of photos that speak no more, and pages that say that
    nothing is held where something was."""
    if path.startswith(held.path("ppwp", "")[:-5]):
        return json.loads(data)["blocks"] == 0
    return path.endswith(".jpg") or path.startswith("ppwp/ditahan/")


@pytest.mark.servers
def test_what_was_edited_or_lost_by_hand_is_whole_again_when_all_is_written_anew(
    bundle: Bundle, storage_settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next edition of program, bundle or boot. Pictures, synced under their own hash, are never looked at
    again: `suara verify` does."""
    public, tps, rng = tmp_path / "public", codes(bundle), random.Random(7)

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Evening(bundle, storage)
            for one, kind in zip(tps, ("counted", "held", "corrected", "counted"), strict=False):
                await night.play(one, kind)
            await reopen(night, tps[3])
            await night.cut()
            await from_nothing(bundle, storage, public)
            await from_nothing(bundle, storage, tmp_path / "anew")
            version = public / places.version("ppwp", tps[3], 1)
            assert version.exists()
            for path in sorted(path for path in public.rglob("*") if path.is_file() and ".state" not in path.parts):
                if path.suffix != ".jpg":
                    path.unlink() if rng.random() < 0.5 or "qr-" in path.name else path.write_bytes(b"{}")
            (public / ".state/ppwp.json").unlink()
            monkeypatch.setattr(pages, "_SHEETS", Sheets())  # another process
            await from_nothing(bundle, storage, public)

    asyncio.run(scenario())
    compare(tree(public), tree(tmp_path / "anew"))


@pytest.mark.servers
def test_a_database_that_was_made_anew_takes_what_was_known_with_it(
    bundle: Bundle, storage_settings, tmp_path: Path
) -> None:
    public, tps = tmp_path / "public", codes(bundle)

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            publisher = follower(bundle, storage, public)
            for one, kind in zip(tps, ("counted", "held", "arriving"), strict=False):
                await night.play(one, kind)
                await night.cut()
                await publisher.catch_up()
            kept = ("counted", tps[0])
            await storage.pool.execute("delete from published.block where tps <> $1", kept[1])
            await storage.pool.execute("delete from published.page where tps <> $1", kept[1])
            await storage.pool.execute("update published.cut set number = 9")
            await storage.pool.execute("update published.block set number = 9")
            assert await publisher.catch_up()
            await follower(bundle, storage, tmp_path / "anew").catch_up()

    asyncio.run(scenario())
    area = places.v1("ppwp", bundle.tree.kode(int(bundle.tree.tps_parent[0])))
    for path in (NATION, area):
        assert same((public / path).read_bytes(), (tmp_path / "anew" / path).read_bytes())
