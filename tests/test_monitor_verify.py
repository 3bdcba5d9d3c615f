"""`suara verify` against logs that hold, and against every way in which real logs have died or could be rewritten."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from monitor_scene import ORIGIN, SEER, SIGNER, Log, put

from election.event import ScanReceived, leaf
from suara.cli import main
from tlog import note, tree
from tlog.tile import Tile, encode_entries

SIZE = 66_000
"""More than a part of 65,536, with an unfinished tile on each level."""


def entry(k: int) -> bytes:
    return leaf(ScanReceived(tps="1", at="2029-02-14T12:00:00.000Z", page=1, sha256=f"{k:064x}", size=k))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Log:
    found = Log(tmp_path_factory.mktemp("whole"))
    found.grow([entry(k) for k in range(SIZE)])
    return found


@pytest.fixture
def log(whole: Log, tmp_path: Path) -> Log:
    """A copy to spoil."""
    shutil.copytree(whole.place, tmp_path / "public", copy_function=os.link)
    found = Log(tmp_path / "public")
    found.entries = list(whole.entries)
    return found


def verify(place: object, state: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    code = main(["verify", str(place), "--state", str(state), "--processes", "2", "--json"])
    return code, json.loads(capsys.readouterr().out)["logs"][0]


def codes(fact: dict) -> set[str]:
    return {one["code"] for one in fact["findings"]}


def test_a_log_that_holds(whole: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, fact = verify(whole.place, tmp_path / "state", capsys)
    assert (code, fact["entries"], fact["witnesses"], fact["findings"]) == (0, SIZE, 1, [])
    assert fact["kinds"] == {"scan_received": SIZE} and fact["bytes"] == sum(map(len, whole.entries))
    assert main(["verify", str(whole.place), "--state", str(tmp_path / "state")]) == 0
    said = capsys.readouterr().out
    assert f"goes on from {SIZE:,}" in said and "holds" in said


@pytest.fixture
def served(whole: Log) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(whole.place)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_over_http_it_is_the_same(served: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(served, tmp_path / "state", capsys)[0] == 0


def test_a_place_that_cannot_be_read_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in (str(tmp_path / "nowhere"), "http://127.0.0.1:1"):
        assert main(["verify", place, "--state", str(tmp_path)]) == 2
        assert "cannot be read" in capsys.readouterr().err


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    put(path, bytes(data))


SPOILT: dict[str, tuple[Callable[[Log], object], set[str]]] = {
    "a bit of an entry": (
        lambda log: flip(log.folder / Tile(None, 3).path, 100),
        {"log.tile_differs", "log.root_differs"},
    ),
    "a bit of a leaf's hash": (lambda log: flip(log.folder / Tile(0, 9).path, 40), {"log.tile_differs"}),
    "a bit of a hash above": (lambda log: flip(log.folder / Tile(1, 0).path, 40), {"log.tile_differs"}),
    "a bit of the highest tile": (lambda log: flip(log.folder / Tile(2, 0, 1).path, 5), {"log.tile_differs"}),
    "a bit of the unfinished tile": (
        lambda log: flip(log.folder / Tile(1, 1, 1).path, 5),
        {"log.tile_differs"},
    ),
    "a tile is gone": (lambda log: (log.folder / Tile(0, 255).path).unlink(), {"log.missing"}),
    "a bundle is gone": (
        lambda log: (log.folder / Tile(None, 0).path).unlink(),
        {"log.missing"},
    ),
    "a bundle is cut short": (
        lambda log: put(log.folder / Tile(None, 8).path, b"\0\7abc"),
        {"log.malformed"},
    ),
    "two entries have changed places": (
        lambda log: put(
            log.folder / Tile(None, 0).path, encode_entries([log.entries[1], log.entries[0], *log.entries[2:256]])
        ),
        {"log.tile_differs", "log.root_differs"},
    ),
    "another root is signed": (
        lambda log: log.sign(note.Checkpoint(ORIGIN, SIZE, tree.leaf_hash(b"x"))),
        {"log.root_differs"},
    ),
    "the witness has not signed": (lambda log: log.sign(log.head, SIGNER), {"log.unwitnessed"}),
    "the log has not signed": (lambda log: log.sign(log.head, SEER), {"log.unsigned"}),
    "another log's head": (
        lambda log: log.sign(note.Checkpoint("hasil.invalid/pdpr", SIZE, log.head.root)),
        {"log.unsigned"},
    ),
    "there is no head": (lambda log: (log.folder / "checkpoint").unlink(), {"log.absent"}),
    "an entry is no event": (
        lambda log: log.grow([*log.entries[:300], b"not json", *log.entries[301:400]]),
        {"log.entry_unreadable"},
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoilt_is_noticed(what: str, log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, expected = SPOILT[what]
    spoil(log)
    code, fact = verify(log.place, tmp_path / "state", capsys)
    assert code == 1 and codes(fact) == expected
    assert all(one["id"] and one["en"] for one in fact["findings"])


def test_a_log_that_was_restored_or_rewritten_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, state = Log(tmp_path / "public"), tmp_path / "state"
    entries = [entry(k) for k in range(1000)]
    log.grow(entries[:700])
    assert verify(log.place, state, capsys)[0] == 0
    log.grow(entries[:690])  # as after a restore (TrustAsia 2021)
    assert codes(verify(log.place, state, capsys)[1]) == {"log.shrunk"}
    shutil.rmtree(log.folder)
    log.grow([*entries[:500], entry(5000), *entries[501:900]])  # longer, and signed, but another history
    assert codes(verify(log.place, state, capsys)[1]) == {"log.forked"}
    shutil.rmtree(log.folder)
    log.grow(entries)
    code, fact = verify(log.place, state, capsys)
    assert code == 0 and fact["seen_before"] == 700, "what was found at fault was never remembered"


def test_an_outsider_needs_none_of_the_engine() -> None:
    heavy = ["numba", "cv2", "onnxruntime", "aiohttp", "asyncpg", "redis", "pyarrow", "obstore", "uvloop"]
    rooms = "monitor.audit, monitor.watch, monitor.outside, monitor.receipts"
    code = f"import sys\nfor name in {heavy!r}: sys.modules[name] = None\nimport {rooms}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
