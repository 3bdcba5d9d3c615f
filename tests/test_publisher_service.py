"""The publisher as it runs: cuts become files, only what changed is written, and a kill at any moment is made good."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from publisher_scene import BASE, Night, follower

from election import bundle as bundles
from election.bundle import Bundle
from publisher import squeezed
from publisher.folder import Folder
from storage.opened import open_storage

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundles.make(tmp_path_factory.mktemp("bundle"), seed=3, kabupaten=1, kecamatan=2, kelurahan=4, tps=16)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def tree(public: Path) -> dict[str, bytes]:
    """Every served file."""
    return {
        str(path.relative_to(public)): path.read_bytes()
        for path in public.rglob("*")
        if path.is_file() and not path.name.startswith(".") and ".state" not in path.parts
    }


def codes(bundle: Bundle) -> list[str]:
    return [bundle.tree.tps_kode(row) for row in range(bundle.tree.n_tps)]


async def play(night: Night, kinds: str, codes: list[str]) -> None:
    for tps, kind in zip(codes, kinds.split(), strict=False):
        await night.play(tps, kind)


def test_before_the_first_cut_everything_is_there_and_zero(bundle: Bundle, storage_settings, public: Path) -> None:
    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            assert await follower(bundle, storage, public).catch_up()

    asyncio.run(scenario())
    nation = json.loads((public / "pemilu/hhcw/ppwp.json").read_bytes())
    assert nation["chart"] == {"persen": 0.0}
    assert nation["progres"] == {"total": 16, "progres": 0}
    assert [set(child) for child in nation["table"].values()] == [{"psu", "persen", "status_progress"}]
    for area in range(bundle.tree.n_areas):
        kode = bundle.tree.kode(area)
        assert json.loads((public / f"v1/ppwp/{kode}.json").read_bytes())["tps"]["counted"] == 0
        assert "Belum ada suara" in (public / f"ppwp/{kode}.html").read_text()
    assert not (public / "ppwp/tps").exists()


def test_the_documents_say_what_the_events_say(bundle: Bundle, storage_settings, public: Path) -> None:
    tps = codes(bundle)
    truth: dict[str, dict[str, int]] = {}

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted held corrected proposed arriving unread silent counted", tps)
            await night.cut()
            truth.update(night.truth)
            await follower(bundle, storage, public).catch_up()

    asyncio.run(scenario())
    folder = Folder(public)
    counted = [tps[i] for i in (0, 2, 7)]
    nation = json.loads((public / "v1/ppwp/0.json").read_bytes())
    assert nation["tps"] == {"total": 16, "counted": 3, "held": 2, "arriving": 2, "absent": 9}
    for name in ("paslon_1", "suara_sah", "suara_total"):
        assert nation["totals"][name] == sum(truth[kode][name] for kode in counted)
    assert nation["left_out"]["held"]["paslon_1"] == sum(truth[tps[i]]["paslon_1"] + 30 for i in (1, 3))

    assert nation["residuals"]["E301"] == {"sum": 0, "abs": 0, "count": 0}
    assert {"E106.l", "E106.p", "E106.j", "E305"} <= set(nation["residuals"])

    records = {
        record["tps"]: record
        for path in (public / "v1/ppwp").glob("*.json")
        for record in json.loads(path.read_bytes()).get("records", [])
    }
    assert sorted(records) == sorted(tps)
    held = records[tps[1]]["blocks"]["suara"]
    assert held["state"] == "held"
    assert held["counted"] is None
    assert held["officer"]["paslon_1"] == truth[tps[1]]["paslon_1"] + 30
    assert held["machine"]["paslon_1"] == truth[tps[1]]["paslon_1"]
    assert held["reasons"] == ["E301", "E404"]
    corrected = records[tps[2]]
    assert corrected["blocks"]["suara"]["state"] == "verified"
    assert corrected["blocks"]["suara"]["officer"]["paslon_1"] == truth[tps[2]]["paslon_1"] + 30
    last = corrected["history"][-1]
    assert last["changes"] == [
        {"field": "paslon_1", "old": truth[tps[2]]["paslon_1"] + 30, "new": truth[tps[2]]["paslon_1"]}
    ]
    assert last["roles"] == ["kpu_kabkota", "kpu_kabkota"]
    assert all(line["index"] == line["number"] - 1 for line in corrected["history"])
    assert records[tps[3]]["blocks"]["suara"]["proposed"][0]["new"] == truth[tps[3]]["paslon_1"]
    assert records[tps[6]]["history"] == []

    document = json.loads((public / sirekap_path(bundle, tps[0])).read_bytes())
    ids = [choice.id for choice in bundle.contest("ppwp").choices]
    assert [document["chart"][key] for key in ids] == [truth[tps[0]][f"paslon_{n}"] for n in (1, 2, 3)]
    assert document["status_suara"]
    assert document["administrasi"]["pengguna_total_j"] == truth[tps[0]]["pengguna_total_j"]
    held_document = json.loads((public / sirekap_path(bundle, tps[1])).read_bytes())
    assert held_document["chart"] is None
    assert not held_document["status_suara"]
    assert held_document["status_adm"]
    for address in document["images"]:
        assert folder.has(address.removeprefix(BASE + "/"))
    unread = json.loads((public / sirekap_path(bundle, tps[5])).read_bytes())
    assert unread["images"] == [None, None, None]


def test_every_key_of_our_documents_is_explained_to_strangers(bundle: Bundle, storage_settings, public: Path) -> None:
    """And every key that the page of formats lists for an area is there."""

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted held corrected proposed arriving unread", codes(bundle))
            await night.cut()
            await follower(bundle, storage, public).catch_up()

    asyncio.run(scenario())
    formats = (Path(__file__).parents[1] / "docs" / "formats.md").read_text()
    section = formats.partition("### v1")[2].partition("\n##")[0]
    said = set(re.findall(r"`([a-z_0-9]+)`", section))
    fields = set(bundle.contest("ppwp").fields)
    paths = [path for path in (public / "v1").rglob("*.json") if path.name != "reference.json"]  # docs/protocol.md
    found = {key for path in paths for key in keys(json.loads(path.read_bytes()))} - fields
    assert {key for key in found if not re.fullmatch(r"E\d+(\.[lpj])?", key)} - said == set()
    listed = {key for line in re.findall(r"(?m)^\| (`.+?`) \|", section) for key in re.findall(r"`(\w+)`", line)}
    assert listed - found == set()


def test_marks_are_those_of_the_figures_as_they_stand(bundle: Bundle, storage_settings, public: Path) -> None:
    """Recapitulation tells them, since a decision knows only its own block."""
    tps = codes(bundle)[0]

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted counted", codes(bundle))
            await night.cut()
            await storage.pool.execute(
                "update published.block set warnings = '{E306,W511}' where tps = $1 and block = 'suara'", tps
            )
            await follower(bundle, storage, public).catch_up()

    asyncio.run(scenario())
    kelurahan = bundle.tree.kode(bundle.tree.path(0)[4])
    first, second = json.loads((public / f"v1/ppwp/{kelurahan}.json").read_bytes())["records"][:2]
    assert first["blocks"]["suara"]["warnings"] == ["E306", "W511"]
    assert first["blocks"]["suara"]["state"] == "counted"
    assert second["blocks"]["suara"]["warnings"] == []
    assert "W511" in (public / f"ppwp/tps/{tps[:-3]}/{tps}.html").read_text()


def keys(document: object) -> set[str]:
    """Every key of a document, at any depth."""
    if isinstance(document, dict):
        return set(document) | {key for value in document.values() for key in keys(value)}
    if isinstance(document, list):
        return {key for value in document for key in keys(value)}
    return set()


def sirekap_path(bundle: Bundle, tps: str) -> str:
    row = bundle.tree.tps_index(tps)
    inside = "/".join(bundle.tree.kode(area) for area in bundle.tree.path(row)[1:])
    return f"pemilu/hhcw/ppwp/{inside}/{tps}.json"


def test_nothing_private_is_ever_written(bundle: Bundle, storage_settings, public: Path) -> None:
    """Accounts, salts, photos as they came, and figures that no decision has opened."""
    secret = 987

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted held corrected proposed", codes(bundle))
            unopened = codes(bundle)[9]
            figures = night.figures(unopened, 1)
            await night.photos(unopened, (1, 2, 3))
            await night.key_in(unopened, {**figures, "suara": (secret, *figures["suara"][1:])})
            await storage.scans.put(b"a photo as it came, with names")
            await night.cut()
            await follower(bundle, storage, public).catch_up()

    asyncio.run(scenario())
    for path, data in tree(public).items():
        assert b"private." not in data, path
        assert b"5a175a17" not in data, path
        assert b"with names" not in data, path
        assert not re.search(rb"(?<![0-9a-f])987(?![0-9a-f])", data), path


def test_a_second_cut_writes_only_what_it_changed(bundle: Bundle, storage_settings, public: Path) -> None:
    tps = codes(bundle)

    async def scenario() -> tuple[dict[str, int], dict[str, int]]:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted " * 8, tps)
            await night.cut()
            publisher = follower(bundle, storage, public)
            assert await publisher.catch_up()
            assert not await publisher.catch_up()
            before = {path: (public / path).stat().st_ino for path in tree(public)}
            await night.play(tps[-1], "counted")
            await night.cut()
            assert await publisher.catch_up()
            return before, {path: (public / path).stat().st_ino for path in tree(public)}

    before, after = asyncio.run(scenario())
    changed = {path for path in after if before.get(path) != after[path]}
    last = bundle.tree.tps_index(tps[-1])
    kodes = [bundle.tree.kode(area) for area in bundle.tree.path(last)]
    expected = {f"v1/ppwp/{kode}.json" for kode in kodes} | {f"ppwp/{kode}.html" for kode in kodes}
    expected |= {"index.html", "v1/ppwp/cursor.json", sirekap_path(bundle, tps[-1])}
    expected |= {f"ppwp/tps/{tps[-1][:-3]}/{tps[-1]}.html"}
    aggregates = ["pemilu/hhcw/ppwp"] + ["pemilu/hhcw/ppwp/" + "/".join(kodes[1 : i + 1]) for i in (1, 2, 3, 4)]
    expected |= {f"{path}.json" for path in aggregates}
    expected |= {path + squeezed.SUFFIX for path in expected if squeezed.ahead(path)}
    pictures = (".jpg", ".svg")  # of the pages, and the codes that lead back to the TPS'
    assert {path for path in changed if not path.endswith(pictures)} == expected


def test_what_has_only_just_arrived_is_told_up_to_the_nation(bundle: Bundle, storage_settings, public: Path) -> None:
    """The rows of the areas above do not change by it; their documents do."""

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted", codes(bundle))
            await night.cut()
            publisher = follower(bundle, storage, public)
            await publisher.catch_up()
            await night.play(codes(bundle)[9], "arriving")
            await night.cut()
            await publisher.catch_up()

    asyncio.run(scenario())
    for area in bundle.tree.path(9):
        parts = json.loads((public / f"v1/ppwp/{bundle.tree.kode(area)}.json").read_bytes())["tps"]
        assert parts["arriving"] == 1
        assert parts["total"] == parts["counted"] + parts["held"] + parts["arriving"] + parts["absent"]


def test_nothing_is_public_before_the_gate_opens(bundle: Bundle, storage_settings, public: Path) -> None:
    settings = msgspec.structs.replace(bundle.settings, gate="2029-02-14T15:00:00+07:00")
    manifest = msgspec.structs.replace(bundle.manifest, settings=settings)
    gated = msgspec.structs.replace(bundle, manifest=manifest)
    now = datetime(2029, 2, 14, 7, 59, tzinfo=UTC)

    async def scenario() -> None:
        nonlocal now
        async with await open_storage(storage_settings) as storage:
            await play(night := Night(bundle, storage), "counted held", codes(bundle))
            await night.cut()
            publisher = follower(gated, storage, public, lambda: now)
            assert await publisher.catch_up()
            assert not await publisher.catch_up()
            before = json.loads((public / "v1/ppwp/0.json").read_bytes())
            assert (before["tps"]["absent"], before["cursor"]) == (16, 0)
            assert not any(path.startswith(("scans", "ppwp/tps")) for path in tree(public))
            now = datetime(2029, 2, 14, 8, 0, tzinfo=UTC)
            assert await publisher.catch_up()

    asyncio.run(scenario())
    assert json.loads((public / "v1/ppwp/0.json").read_bytes())["tps"]["counted"] == 1


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("after", [0, 1, 4, 17, 24])
def test_killed_at_any_write_it_finishes_after_a_restart(
    bundle: Bundle, storage_settings, public: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are those of a publisher that was never killed."""
    tps = codes(bundle)
    show = Folder._show

    async def scenario() -> None:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted held corrected", tps)
            await night.cut()
            await follower(bundle, storage, public / "killed").catch_up()
            await night.play(tps[5], "counted")
            await night.play(tps[12], "held")
            await night.cut()
            left = after

            def dying(self: Folder, part: str, path: str) -> None:
                nonlocal left
                if left == 0:
                    raise Killed
                left -= 1
                show(self, part, path)

            monkeypatch.setattr(Folder, "_show", dying)
            with pytest.raises(Killed):
                await follower(bundle, storage, public / "killed").catch_up()
            monkeypatch.setattr(Folder, "_show", show)
            await follower(bundle, storage, public / "killed").catch_up()
            await follower(bundle, storage, public / "never").catch_up()

    asyncio.run(scenario())
    killed, never = tree(public / "killed"), tree(public / "never")
    assert killed.keys() == never.keys()
    assert [path for path in never if not same(killed[path], never[path])] == []


def same(one: bytes, other: bytes) -> bool:
    """Equal but for the cut at which a document was written: what did not change since keeps the older one."""
    return normal(one) == normal(other)


def normal(data: bytes) -> object:
    try:
        document = json.loads(data)
    except ValueError:
        return re.sub(rb'data-cursor="\d+" data-at="[^"]*"|<p class="updated">.*', b"", data)
    if not isinstance(document, dict):
        return document
    return {key: value for key, value in document.items() if key not in {"cursor", "at", "ts"}}


def test_rows_put_right_without_an_event_are_published_too(bundle: Bundle, storage_settings, public: Path) -> None:
    async def scenario() -> tuple[dict[str, bytes], dict[str, bytes]]:
        async with await open_storage(storage_settings) as storage:
            night = Night(bundle, storage)
            await play(night, "counted held", codes(bundle))
            await night.cut()
            right = await storage.pool.fetchval("select totals from published.area where kode = '0'")
            await storage.pool.execute("update published.area set totals[1] = totals[1] + 7 where kode = '0'")
            publisher = follower(bundle, storage, public)
            await publisher.catch_up()
            wrong = tree(public)
            await storage.pool.execute("update published.area set totals = $1 where kode = '0'", right)
            await storage.pool.execute("insert into published.repair values ('ppwp', 1)")
            assert await publisher.catch_up()
            assert not await publisher.catch_up()
            return wrong, tree(public)

    wrong, mended = asyncio.run(scenario())
    changed = {path for path in mended if not same(wrong[path], mended[path])}
    documents = {"v1/ppwp/0.json", "ppwp/0.html", "index.html", "pemilu/hhcw/ppwp.json"}
    assert {path for path in changed if not path.endswith(squeezed.SUFFIX)} == documents
