"""What `suara verify` holds against the log beyond totals: masked scans, the standby's records, receipts and proofs."""

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from history_scene import Row
from monitor_scene import SEER, Public, make, put
from recap_scene import AT, page_read
from state_scene import machine

from election import event as ev
from election.bundle import Bundle
from suara.cli import main
from tlog import note, tree
from tlog.proof import Proof
from tlog.receipt import Receipt, issue

KEY = "ppwp"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("beyond") / "b", (KEY,))


@pytest.fixture
def public(bundle: Bundle, tmp_path: Path) -> Public:
    """Every TPS has sent a photo of page 2, which was read, some twice; votes count."""
    found = Public(tmp_path / "public", bundle, KEY)
    events: list[ev.Event] = []
    fields = bundle.contest(KEY).blocks["suara"]
    for i, kode in enumerate(found.kodes):
        for _ in range(1 + i % 2):
            events.append(ev.ScanReceived(tps=kode, at=AT, page=2, sha256=f"{len(events):064x}", size=9))
            picture = b"\xff\xd8 masked %d" % len(events)
            digest = sha256(picture).hexdigest()
            put(found.place / f"scans/{digest}.jpg", picture)
            look = page_read(kode, len(events), 2)
            events.append(ev.PageRead(**{**{f: getattr(look, f) for f in look.__struct_fields__}, "rendition": digest}))
        events.append(machine(kode, "suara", 0, tuple(range(i, i + len(fields))), held=i % 5 == 0))
    found.grow([Row(number, event) for number, event in enumerate(events, 1)])
    found.publish()
    return found


def verify(public: Public, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict]:
    state = str(public.place.parent / "state")
    code = main(["verify", str(public.place), "--state", state, "--processes", "1", "--json", *more])
    told = json.loads(capsys.readouterr().out)
    return code, told["logs"][0] if "logs" in told else told


def codes(fact: dict) -> set[str]:
    return {one["code"] for one in fact["findings"]}


def test_scans_are_those_of_the_log(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    code, fact = verify(public, capsys, "--scans", "all")
    assert (code, fact["scans"], fact["findings"]) == (0, len(public.kodes), [])
    assert verify(public, capsys, "--scans", "5")[1]["scans"] == 5
    kode = public.kodes[3]
    page = public.records[kode].pages[2].read.rendition
    path = public.place / f"scans/{page}.jpg"
    good = path.read_bytes()
    put(path, good + b"x")
    code, fact = verify(public, capsys, "--scans", "all")
    assert code == 1 and codes(fact) == {"scan.differs"} and kode in fact["findings"][0]["where"]
    path.unlink()
    assert codes(verify(public, capsys, "--scans", "all")[1]) == {"scan.absent"}
    put(path, good)
    document = public.read(kode[:10])
    for record in document["records"]:
        for one in record["pages"]:
            if one.get("rendition") == page:
                one["rendition"] = "0" * 64
    public.write(f"v1/{KEY}/{kode[:10]}.json", document)
    code, fact = verify(public, capsys, "--scans", "all")
    assert code == 1 and [(one["code"], one["field"]) for one in fact["findings"]] == [("scan.differs", "rendition")]


Records = dict[str, dict]


@pytest.fixture
def standby(public: Public) -> Iterator[tuple[str, Records]]:
    """The query API as far as it lists records; anyone may alter what it says."""
    records: Records = {
        kode: {
            "tps": kode, "version": record.version,
            "blocks": {b.name: {"state": b.state, "number": b.number, "decision": b.decision, "figures": b.figures}
                       for b in record.blocks},
        }
        for kode, record in public.records.items()
    }  # fmt: skip

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path.startswith(f"/api/v1/{KEY}/records?after=")
            after = self.path.partition("after=")[2].partition("&")[0]
            rest = [records[kode] for kode in sorted(records) if kode > after]
            page = {"contest": KEY, "number": len(public.rows), "at": AT, "records": rest[:7],
                    "next": rest[6]["tps"] if len(rest) > 7 else None}  # fmt: skip
            data = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", records
    server.shutdown()
    server.server_close()


def _figure(records: Records, kode: str) -> None:
    figures = list(records[kode]["blocks"]["suara"]["figures"])
    records[kode]["blocks"]["suara"]["figures"] = [figures[0] + 1, *figures[1:]]


ALTERED: dict[str, tuple[Callable[[Records, str], object], set[str]]] = {
    "a figure": (_figure, {"standby.differs"}),
    "a state": (lambda all_, kode: all_[kode]["blocks"]["suara"].update(state="verified"), {"standby.differs"}),
    "a version": (lambda all_, kode: all_[kode].update(version=2), {"standby.differs"}),
    "a record is gone": (lambda all_, kode: all_.pop(kode), {"standby.differs"}),
    "a record of nowhere": (
        lambda all_, kode: all_.update({f"{kode[:10]}999": {**all_[kode], "tps": f"{kode[:10]}999"}}),
        {"document.unknown_tps"},
    ),
}


@pytest.mark.parametrize("what", ["nothing", *ALTERED])
def test_the_standby_has_what_the_log_says(
    what: str, public: Public, standby: tuple[str, Records], capsys: pytest.CaptureFixture[str]
) -> None:
    place, records = standby
    alter, expected = ALTERED.get(what, (lambda *_: None, set()))
    alter(records, random.Random(what).choice(public.kodes))
    code, fact = verify(public, capsys, "--scans", "0", "--standby", place)
    assert (code, codes(fact)) == (int(bool(expected)), expected)
    assert what != "nothing" or fact["standby"] == len(public.kodes)


def test_a_proof_is_held_against_the_log_itself(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    entries = public.log.entries
    of = tree.Tree(map(tree.leaf_hash, entries[:20]))
    head = note.Checkpoint(public.origin, 20, of.root())  # an earlier head, as an officer would hold
    signed = [public.log.signer.sign(head.text), SEER.sign(head.text, 1_900_000_000)]
    proof = Proof(4, tuple(of.inclusion(4)), note.compose(head.text, signed))
    path = public.place.parent / "own.tlog-proof"
    path.write_text(proof.text)
    code, fact = verify(public, capsys, "--receipt", str(path))
    assert (code, fact["number"], fact["entry"].encode()) == (0, 5, entries[4])
    path.write_text(Proof(5, proof.hashes, proof.checkpoint).text)
    assert codes(verify(public, capsys, "--receipt", str(path))[1]) == {"receipt.invalid"}
    unseen = note.compose(head.text, signed[:1])
    path.write_text(Proof(4, proof.hashes, unseen).text)
    assert codes(verify(public, capsys, "--receipt", str(path))[1]) == {"log.unwitnessed"}
    other = tree.Tree(map(tree.leaf_hash, [*entries[:9], b"{}", *entries[10:20]]))  # another history, signed as well
    head = note.Checkpoint(public.origin, 20, other.root())
    signed = [public.log.signer.sign(head.text), SEER.sign(head.text, 1_900_000_000)]
    path.write_text(Proof(4, tuple(other.inclusion(4)), note.compose(head.text, signed)).text)
    assert codes(verify(public, capsys, "--receipt", str(path))[1]) == {"log.forked"}


def test_a_receipt_is_held_against_the_log_itself(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    signer = note.Signer("suara/receipts", note.Algorithm.ED25519, bytes(range(5, 37)))
    event = public.rows[0].event
    told = Receipt("suara", "scan_received", KEY, event.tps, event.page, event.sha256, event.size, 1, event.at)
    path = public.place.parent / "receipt.txt"
    check = partial(verify, public, capsys, "--receipt", str(path), "--key", signer.verifier.text)
    path.write_text(issue([told], signer)[0])
    code, fact = check()
    assert (code, fact["number"]) == (0, 1)
    for number in (2, 4, 10_000):  # promised there, and something else stands there, or nothing
        path.write_text(issue([Receipt(**{**vars(told), "number": number})], signer)[0])
        assert codes(check()[1]) == {"receipt.not_in_log"}
    path.write_text(issue([told], signer)[0].replace(event.tps, public.kodes[1]))
    assert codes(check()[1]) == {"receipt.invalid"}
    path.write_text("something else\n\n")
    assert main(["verify", str(public.place), "--receipt", str(path)]) == 2
