"""What a dishonest operator of the public side may try, and what `suara verify` and `suara watch` say to it."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_scene import SIGNER, Clock, Public, codes, history, leaves, make, put, some, stations_of, watching

from election import event as ev
from election.bundle import Bundle
from monitor import address as addresses
from monitor import stream as streams
from monitor import watch as watches
from monitor.address import Address, Unreachable
from monitor.audit import STALLED, Audit, Wanted
from monitor.columns import Parser
from monitor.heard import Heard
from monitor.memory import Memory
from monitor.stations import BadReference, Stations
from monitor.stream import Message, messages
from monitor.watch import BEHIND
from suara.cli import main
from tlog import note
from tlog.policy import Policy
from tlog.receipt import Receipt, issue

KEY = "ppwp"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("dishonest") / "b", (KEY,))


@pytest.fixture
def public(bundle: Bundle, tmp_path: Path) -> Public:
    found = Public(tmp_path / "public", bundle, KEY)
    found.all = history(bundle, KEY, some(7, 200))
    found.grow(found.all[:120])
    found.publish()
    return found


def audit(public: Public, **more) -> set[str]:
    policy = Policy.parse((public.place / "log/policy").read_text())
    memory = Memory(public.place.parent / "state")
    wanted = Wanted(scans=0, processes=1)
    outcome = Audit(Address(str(public.place)), policy, memory, public.origin, wanted, **more).run()
    return {one.code for one in outcome.findings}


watch = partial(watching, state="seen")
"""Beside what `Audit` keeps of the same place."""


def path(public: Public, name: str) -> Path:
    return public.place / f"v1/{KEY}/{name}.json"


def told_tps(public: Public) -> str:
    """A TPS of which the log tells, beside others of its kelurahan."""
    return next(
        row.event.tps
        for row in public.rows
        if row.event is not None and len(row.event.tps) == 13 and len(public.read(row.event.tps[:10])["records"]) > 1
    )


def change(public: Public, name: str, how: Callable[[dict], object]) -> None:
    told = json.loads(path(public, name).read_bytes())
    how(told)
    path(public, name).write_bytes(json.dumps(told).encode())


def _another(public: Public) -> None:
    """The document of another area, right in every figure."""
    put(path(public, "41"), path(public, "42").read_bytes())


def _without_tps(public: Public) -> None:
    """A TPS of which the log tells is in no total, and the whole tree agrees."""
    kode = told_tps(public)
    ballot, district, ranges = public.reference["kelurahan"][kode[:10]]
    left = [f"{number:03d}" for run in ranges.split(",") for number in _numbers(run) if f"{number:03d}" != kode[10:]]
    change(public, "reference", lambda told: told["kelurahan"].update({kode[:10]: [ballot, district, ",".join(left)]}))


def _numbers(run: str) -> range:
    first, _, last = run.partition("-")
    return range(int(first), int(last or first) + 1)


def _fewer_records(public: Public) -> None:
    change(public, told_tps(public)[:10], lambda told: told["records"].pop())


def _twice(public: Public) -> None:
    change(public, told_tps(public)[:10], lambda told: told["records"].append(told["records"][0]))


def _both_gone(public: Public) -> None:
    path(public, "reference").unlink()
    path(public, "cursor").unlink()


LIES: dict[str, tuple[Callable[[Public], object], str]] = {
    "another area's document": (_another, "document.differs"),
    "another dapil's document": (
        lambda one: [
            put(file, file.read_bytes().replace(b'"kode":"', b'"kode":"9', 1))
            for file in list(path(one, "dapil/x").parent.glob("*.json"))[:1]
        ] or change(one, "0", lambda told: told.update(kode="1")),
        "document.differs",
    ),
    "a TPS left out of the list": (_without_tps, "log.unknown_tps"),
    "an area left out": (lambda one: change(one, "0", lambda told: told["children"].pop()), "document.differs"),
    "a TPS left out": (_fewer_records, "document.differs"),
    "a TPS shown twice": (_twice, "document.differs"),
    "a cursor that is none": (lambda one: put(path(one, "cursor"), b"{}"), "document.malformed"),
    "no cursor": (lambda one: path(one, "cursor").unlink(), "document.absent"),
    "neither list nor cursor": (_both_gone, "reference.absent"),
    "no ballots": (lambda one: change(one, "reference", lambda told: told.update(ballots=[])), "reference.malformed"),
    "blocks of no contest": (
        lambda one: change(one, "reference", lambda told: told["ballots"][0]["blocks"].pop("suara")),
        "reference.malformed",
    ),
    "a billion TPS": (
        lambda one: change(one, "reference", lambda told: told["kelurahan"].update(x=[0, 0, "1-999999999"])),
        "reference.malformed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
def test_what_is_left_out_or_shown_in_another_place_is_noticed(public: Public, what: str) -> None:
    public.reference = json.loads(path(public, "reference").read_bytes())
    lie, code = LIES[what]
    lie(public)
    assert code in audit(public)


def test_one_sum_of_2024_hidden_does_not_hide_the_others(public: Public) -> None:
    assert audit(public) == set()
    put(public.place / "pemilu/hhcw/ppwp/41.json", b'{"chart":{},"progres":{"total":0,"progres":0},"table":{}}')
    assert {"document.absent", "document.differs"} <= audit(public)


def test_a_list_of_tps_and_a_policy_are_remembered(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    place, state = str(public.place), str(public.place.parent / "state")
    run = ["verify", place, "--state", state, "--processes", "1", "--scans", "0", "--json"]
    assert main(run) == 0
    file = path(public, "reference")
    good = file.read_bytes()
    choices = [*json.loads(good)["ballots"][0]["choices"]]
    swapped = good.replace(choices[0].encode(), b"@").replace(choices[1].encode(), choices[0].encode())
    put(file, swapped.replace(b"@", choices[1].encode()))
    assert audit(public) == {"reference.changed"}
    file.unlink()
    assert "reference.absent" in audit(public)
    put(file, good)
    policy = public.place / "log/policy"
    put(policy, policy.read_bytes().replace(b"quorum saksi", b"quorum none"))
    public.log.sign(public.log.head, public.log.signer)
    capsys.readouterr()
    assert main(run) == 1
    facts = json.loads(capsys.readouterr().out)["logs"][0]
    assert {one["code"] for one in facts["findings"]} == {"policy.changed", "log.unwitnessed"}
    assert main(["watch", place, "--state", state, "--once", "--json"]) == 1


def test_a_watch_that_was_stopped_remembers_the_list_of_tps(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    of.close()
    public.reference = json.loads(path(public, "reference").read_bytes())
    _without_tps(public)
    assert codes(watch(public).round().opened) == {"reference.changed"}
    path(public, "reference").unlink()
    assert codes(watch(public).round().opened) == {"reference.absent"}


def test_documents_that_stand_still_while_the_log_grows(public: Public) -> None:
    clock = Clock()
    of = watch(public, clock)
    assert of.round().opened == ()
    public.grow(public.all[:160])
    clock.now += BEHIND * 2  # nobody had looked meanwhile
    assert of.round().opened == ()
    clock.now += BEHIND
    assert codes(of.round().opened) == {"document.stalled"}
    public.publish()
    closed = of.round()
    assert codes(closed.closed) == {"document.stalled"} and closed.opened == ()
    path(public, "cursor").unlink()
    assert of.round().opened == ()  # it is replaced, perhaps
    clock.now += BEHIND + 1
    assert codes(of.round().opened) == {"document.absent"}
    put(path(public, "cursor"), b"[]")
    assert codes(of.round().opened) == {"document.malformed"}


def test_documents_that_are_old_by_the_log_s_own_word(public: Public) -> None:
    at = datetime.fromisoformat(public.rows[100].event.at).timestamp()
    public.publish(100)
    assert audit(public, now=lambda: at + STALLED - 60) == set()
    assert audit(public, now=lambda: at + 7200) == {"document.stalled"}


def test_what_a_watch_remembers_may_be_damaged(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    state = public.place.parent / "state"
    assert audit(public) == set()
    (kept,) = (file for file in state.glob("*.json") if "first" not in file.name)
    kept.write_bytes(kept.read_bytes()[:20])
    for command in ("verify", "watch"):
        assert main([command, str(public.place), "--state", str(state)]) == 2
        assert "seen before" in capsys.readouterr().err


def test_a_fork_after_heads_without_witnesses_is_told_and_not_died_of(public: Public) -> None:
    public.log.sign(public.log.head, public.log.signer)
    of = watch(public)
    assert codes(of.round().opened) == {"log.unwitnessed"}
    entries = leaves(public.rows)
    entries[3] = b'{"at":"","kind":"of_later","tps":"0"}'
    public.log.grow(entries)
    assert "log.forked" in codes(of.round().opened)


def test_a_head_of_any_size_is_not_read_to_its_end(public: Public, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.audit.LATE", 0)
    public.log.sign(note.Checkpoint(public.origin, 1 << 50, public.log.head.root))
    assert "log.missing" in audit(public)


def test_a_stream_cannot_fill_memory_nor_stop_a_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LONGEST", 100)
    for flood in (b"x" * 500, b"data: " + b"x" * 500 + b"\n\n", b"data:\n" * 100):
        with pytest.raises(OSError):
            list(messages(BytesIO(flood)))
    assert [one.data for one in messages(BytesIO(b": still here\n" * 100 + b"data: 1\n\n"))] == ["1"]
    heard = Heard()
    for id_ in ("²", "9" * 5000, "5\rX: y", ""):
        heard.entry(Message(id_, "x", "{}"))
    for number in range(0, 1000, 3):
        heard.entry(Message(str(number), "x", "{}"))
    assert 0 < len(list(heard.differences("x"))) <= 25


def test_areas_that_a_stream_invents_are_not_asked_for(public: Public) -> None:
    of = watch(public)
    of.round()
    areas = '["../../etc", "x y", "41"]'
    of.heard.cut(Message("9", "cut", f'{{"contest":"ppwp","number":9,"at":"","areas":{areas},"tps":[]}}'))
    assert of.round().opened == ()


@pytest.fixture
def dripping() -> Iterator[str]:
    stop = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not stop.wait(0.02):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    stop.set()
    server.shutdown()
    server.server_close()


def test_an_answer_that_drips_is_hung_up(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "LONGEST", 0.2)
    with pytest.raises(Unreachable):
        Address(dripping).read("x")


def test_files_that_wait_in_memory_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    of = Address("http://127.0.0.1:1")
    monkeypatch.setattr(of, "read", lambda name: asked.append(name) or b"")
    assert next(iter(of.several([str(k) for k in range(500)]))) == b""
    assert len(asked) <= addresses.AHEAD + 1


def test_a_receipt_is_checked_by_the_key_beside_the_log(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    event = next(row.event for row in public.rows if isinstance(row.event, ev.ScanReceived))
    number = next(row.number for row in public.rows if row.event is event)
    told = Receipt("suara", "scan_received", KEY, event.tps, event.page, event.sha256, event.size, number, event.at)
    signer = note.Signer("suara/receipts", note.Algorithm.ED25519, SIGNER.seed)
    file = public.place.parent / "receipt.txt"
    file.write_text(issue([told], signer)[0])
    state = str(public.place.parent / "state")
    run = ["verify", str(public.place), "--receipt", str(file), "--state", state]
    assert main(run) == 2  # no key there
    put(public.place / "log/receipts.pub", f"{signer.verifier.text}\n".encode())
    assert main(run) == 0
    other = note.Signer("suara/receipts", note.Algorithm.ED25519, bytes(range(7, 39)))
    put(public.place / "log/receipts.pub", f"{other.verifier.text}\n".encode())
    file.write_text(issue([told], other)[0])
    assert main(run) == 1  # it was another key when it was seen first
    file.write_bytes(b"\xff\xfe")
    assert main(run) == 2


LEAF = '{"kind":"block_counted","tps":"%s","at":"","block":"suara","replaces":0,"figures":%s}'


@pytest.fixture(scope="module")
def stations(bundle: Bundle) -> Stations:
    return stations_of(bundle, KEY)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_leaf_says_to_us_what_it_says_to_any_reader_of_json(stations: Stations, data: st.DataObject) -> None:
    """Bytes of a leaf changed at random: either it is told that it cannot be read, or Python's reader agrees."""
    width = len(stations.ballots[0].blocks["suara"])
    leaf = (LEAF % (stations.kode(0), list(range(width)))).encode()
    at = data.draw(st.integers(0, len(leaf) - 1))
    cut = data.draw(st.integers(0, 3))
    pieces = [b"1.0", b"1e2", b"-0", b"null", b"01", b"\xff", b"\\u0031", b'","tps":"', b" ", b'"kind":"x",', b"9" * 30]
    piece = data.draw(st.sampled_from(pieces) | st.binary(max_size=3))
    entry = leaf[:at] + piece + leaf[at + cut :]
    parser = Parser(stations)
    unreadable = parser.take(1, [entry])
    columns = parser.columns()
    if unreadable:
        return
    said = json.loads(entry)
    counted = said["kind"] == "block_counted" and said["tps"] == stations.kode(0)
    told = columns.events[columns.events["row"] == 0]
    assert len(told) == counted
    if counted and said["block"] == "suara" and len(said["figures"] or ()) == width:
        assert columns.figures.tolist() == [-1 if one is None else one for one in said["figures"]]
        assert all(one is None or type(one) is int for one in said["figures"])
    if said["kind"] == "block_counted" and not counted:
        assert parser.strangers == [1]


def test_lists_of_tps_changed_at_random_are_refused_or_used(bundle: Bundle, public: Public) -> None:
    """No list stops the watcher itself."""
    good, rng = path(public, "reference").read_bytes(), np.random.default_rng(3)
    for _ in range(300):
        data = bytearray(good)
        for at in rng.integers(0, len(data), 3):
            data[at] = b'0123456789"[]{},:-x'[rng.integers(0, 19)]
        try:
            of = Stations.parse(bytes(data))
        except BadReference:
            continue
        from monitor.totals import Totals

        parser = Parser(of)
        parser.take(1, leaves(public.rows))
        totals = Totals(of, parser.columns(), len(public.rows))
        totals.move(len(public.rows))
        totals.lay()
        for kode in ("0", *of.areas(10)):
            totals.sums(kode, totals.now)


def test_every_code_that_is_found_has_words() -> None:
    from monitor.finding import TEXTS

    assert {"document.stalled", "policy.changed", "log.unknown_tps"} <= TEXTS.keys() and watches.BEHIND
    assert msgspec.json.encode(TEXTS)
