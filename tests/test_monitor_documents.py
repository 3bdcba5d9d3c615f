"""`suara verify` on a whole public folder: documents of a random history hold, and whatever is altered is named."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from monitor_scene import Public, history, make, put, some

from election.bundle import Bundle
from suara.cli import main

KEYS = ("ppwp", "pdpr")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("documents") / "b")


@pytest.fixture(params=KEYS)
def public(request: pytest.FixtureRequest, bundle: Bundle, tmp_path: Path) -> Public:
    found = Public(tmp_path / "public", bundle, request.param)
    found.grow(history(bundle, request.param, some(3, 90)))
    found.publish()
    return found


def verify(public: Public, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[dict]]:
    place = public.place
    code = main(["verify", str(place), "--state", str(place.parent / "state"), "--processes", "1", "--json", *more])
    return code, json.loads(capsys.readouterr().out)["logs"][0]["findings"]


def test_what_is_published_is_what_the_log_says(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(public, capsys, "--scans", "0") == (0, [])
    public.publish(40)  # an older cut holds as well: it is of that cut
    assert verify(public, capsys, "--scans", "0") == (0, [])
    assert main(["verify", str(public.place), "--state", str(public.place / "s"), "--scans", "0"]) == 0
    said = capsys.readouterr().out
    assert "holds" in said and f"{len(public.kodes):,} TPS up to entry 40" in said and "does not show" in said


def numbers(told: object, path: tuple = ()) -> list[tuple]:
    """Where a document has figures that follow from the log."""
    if isinstance(told, dict):
        return [one for key, value in told.items() if key not in FREE for one in numbers(value, (*path, key))]
    if isinstance(told, list):
        return [one for i, value in enumerate(told) for one in numbers(value, (*path, i))]
    return [path] if isinstance(told, int) and not isinstance(told, bool) else []


FREE = {"v", "tingkat", "path", "cursor", "number", "index", "history", "pages", "versions", "disputes", "machine",
        "proposed", "determined", "outcome", "plenary", "determination", "kode", "officer"}  # fmt: skip


def test_any_figure_that_is_altered_is_named_with_both_values(
    public: Public, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(public.key)
    busy = next(kode[:10] for kode, record in public.records.items() if any(b.counts for b in record.blocks))
    for kode in ("0", busy[:2], busy[:6], busy):
        told = public.read(kode)
        for path in rng.sample(numbers(told), 3):
            spoilt = msgspec.json.decode(msgspec.json.encode(told))
            at = spoilt
            for key in path[:-1]:
                at = at[key]
            was, at[path[-1]] = at[path[-1]], at[path[-1]] + 1
            public.write(f"v1/{public.key}/{kode}.json", spoilt)
            code, found = verify(public, capsys, "--scans", "0")
            assert code == 1 and [one["code"] for one in found] == ["document.differs"], path
            assert (found[0]["ours"], found[0]["theirs"]) == (was, was + 1)
            assert str(path[-1]) in found[0]["field"] and kode in found[0]["where"]
        public.write(f"v1/{public.key}/{kode}.json", told)
    assert verify(public, capsys, "--scans", "0") == (0, [])


def _a_document(public: Public, kode: str, change: Callable[[dict], object]) -> None:
    told = public.read(kode)
    change(told)
    public.write(f"v1/{public.key}/{kode}.json", told)


def _older(public: Public) -> None:
    """The nation's document as it was some cuts before, beside a cursor that says all is written."""
    cursor = (public.place / f"v1/{public.key}/cursor.json").read_bytes()
    now = {path: path.read_bytes() for path in (public.place / f"v1/{public.key}").glob("*.json")}
    public.publish(20)
    old = (public.place / f"v1/{public.key}/0.json").read_bytes()
    for path, data in now.items():
        put(path, data)
    put(public.place / f"v1/{public.key}/0.json", old)
    put(public.place / f"v1/{public.key}/cursor.json", cursor)


def _ahead(public: Public) -> None:
    _a_document(public, "0", lambda told: told.update(cursor=len(public.rows) + 5))


def _state(public: Public) -> None:
    kode, block = next((k, b.name) for k, record in public.records.items() for b in record.blocks if b.counts)
    for one in (told := public.read(kode[:10]))["records"]:
        if one["tps"] == kode:
            one["blocks"][block]["state"] = "withdrawn"
    public.write(f"v1/{public.key}/{kode[:10]}.json", told)


SPOILT: dict[str, tuple[Callable[[Public], object], set[str]]] = {
    "a document is gone": (lambda one: (one.place / f"v1/{one.key}/0.json").unlink(), {"document.absent"}),
    "a document is cut short": (
        lambda one: put(one.place / f"v1/{one.key}/0.json", b'{"v":1'), {"document.malformed"},
    ),
    "a total leaves out what is long known": (_older, {"document.stale"}),
    "a document tells of what no head covers": (_ahead, {"document.ahead"}),
    "a block's state": (_state, {"document.differs"}),
    "the list of TPS is gone": (
        lambda one: (one.place / f"v1/{one.key}/reference.json").unlink(), {"reference.absent"},
    ),
    "the list of TPS is none": (
        lambda one: put(one.place / f"v1/{one.key}/reference.json", b"{}"), {"reference.malformed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoilt_is_noticed(
    what: str, public: Public, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.audit.LATE", 0)
    spoil, expected = SPOILT[what]
    spoil(public)
    code, found = verify(public, capsys, "--scans", "0")
    assert code == 1 and {one["code"] for one in found} == expected
    assert all(one["id"] and one["en"] for one in found)
