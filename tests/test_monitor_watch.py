"""`suara watch`: a log and its documents that grow, what is altered meanwhile, and a watcher that is stopped at any
point."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from history_scene import Row
from monitor_scene import Clock, Public, codes, history, leaves, make, put, some
from monitor_scene import watching as watch
from state_scene import machine

from election import event as ev
from election.bundle import Bundle
from monitor import watch as watches
from monitor.address import Address
from monitor.outside import BadTally, Tally
from monitor.standing import standing
from monitor.stream import Message
from suara.cli import main
from tlog import note, tree

KEY = "ppwp"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("watch") / "b", (KEY,))


@pytest.fixture
def public(bundle: Bundle, tmp_path: Path) -> Public:
    found = Public(tmp_path / "public", bundle, KEY)
    found.all = history(bundle, KEY, some(7, 200))
    found.grow(found.all[:60])
    found.publish()
    return found


def test_an_evening_in_which_nothing_is_wrong(public: Public) -> None:
    of, sizes = watch(public), []
    for size in (60, 61, 75, 75, 140, 200):
        public.grow(public.all[:size])
        public.publish()
        told = of.round()
        assert (told.opened, of.open) == ((), ()) and (told.size, told.number) == (size, size)
        sizes.append(told.documents)
    assert min(sizes) > 0
    once = standing(of.totals.history.merged(), 200)
    assert (once.figures == of.totals.now.figures).all() and (once.states == of.totals.now.states).all()


def test_documents_behind_the_log_are_of_their_cut(public: Public) -> None:
    of = watch(public)
    public.grow(public.all[:120])
    public.publish(80)
    told = of.round()
    assert (told.size, told.number, told.opened) == (120, 80, ())


def test_a_total_altered_in_the_database_is_an_alarm_until_it_is_put_right(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    good = public.read("0")
    bad = msgspec.json.decode(msgspec.json.encode(good))
    bad["totals"]["paslon_1"] += 500
    public.write(f"v1/{KEY}/0.json", bad)
    told = of.round()
    assert [(one.code, one.field, one.theirs - one.ours) for one in told.opened] == [
        ("document.differs", "totals.paslon_1", 500)
    ]
    assert of.round().opened == (), "said once"
    public.write(f"v1/{KEY}/0.json", good)
    told = of.round()
    assert codes(told.closed) == {"document.differs"} and of.open == ()


def test_a_record_altered_in_the_database_is_an_alarm(public: Public) -> None:
    """As after an UPDATE of a block that is then published with the next event of its kelurahan."""
    of = watch(public)
    assert of.round().opened == ()
    public.grow(public.all[:90])
    public.publish()
    touched = public.rows[-1]
    while touched.event is None or len(touched.event.tps) < 13:
        touched = public.rows[touched.number - 2]
    kelurahan = touched.event.tps[:10]
    told = public.read(kelurahan)
    record = next(one for one in told["records"] if one["tps"] == touched.event.tps)
    record["version"] += 1
    public.write(f"v1/{KEY}/{kelurahan}.json", told)
    found = of.round().opened
    assert [(one.code, one.field) for one in found] == [("document.differs", "version")]


def rewritten(public: Public, number: int) -> None:
    """The log anew, one leaf another, as after an UPDATE of journal and hashes."""
    entries = leaves(public.rows)
    entries[number - 1] = ev.leaf(
        ev.ScanReceived(tps="1", at="2029-02-14T12:00:00.000Z", page=1, sha256="f" * 64, size=1)
    )
    shutil.rmtree(public.log.folder)
    public.log.grow(entries)


def test_rewritten_history_is_an_alarm_at_once_and_after_a_restart(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    rewritten(public, 30)  # two heads of one size
    assert codes(of.round().opened) == {"log.forked"}
    of.close()
    public.grow(public.all[:100])
    rewritten(public, 30)  # longer now
    again = watch(public)
    assert codes(again.round().opened) == {"log.forked"}
    proofs = sorted((public.place.parent / "state" / "evidence").iterdir())
    assert len(proofs) == 2  # of the two heads that contradict the first
    for proof in proofs:
        before, now = (note.parse((proof / name).read_text())[0] for name in ("seen-before", "seen-now"))
        assert before != now and before.split("\n")[1] == "60"


def test_a_log_that_was_restored_is_an_alarm(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    shutil.rmtree(public.log.folder)
    public.log.grow(leaves(public.all[:50]))
    assert codes(of.round().opened) == {"log.shrunk"}


def test_two_heads_of_one_size(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    head = public.log.head
    public.log.sign(note.Checkpoint(head.origin, head.size, tree.leaf_hash(b"other")))
    assert codes(of.round().opened) == {"log.forked"}


def test_what_is_missing_or_spoilt_among_new_entries(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    public.grow(public.all[:300])
    bundle = public.log.folder / f"tile/entries/000.p/{len(public.rows)}"
    good = bundle.read_bytes()
    bundle.unlink()
    assert codes(of.round().opened) == {"log.missing"}
    data = bytearray(good)
    data[-9] ^= 1
    put(bundle, bytes(data))
    assert codes(of.round().opened) == {"log.root_differs"}
    put(bundle, good)
    told = of.round()
    assert told.size == len(public.rows) and codes(told.closed) == {"log.root_differs"}


def test_heads_that_stop_and_documents_that_go_back(public: Public) -> None:
    clock = Clock()
    of = watch(public, clock)
    assert of.round().opened == ()
    head = (public.log.folder / "checkpoint").read_bytes()
    public.publish()
    cursor = msgspec.json.decode((public.place / f"v1/{KEY}/cursor.json").read_bytes())
    public.write(f"v1/{KEY}/cursor.json", {**cursor, "cursor": 70})
    assert of.round().opened == ()
    clock.now += watches.STALLED + 1
    assert codes(of.round().opened) == {"log.stalled"}
    public.write(f"v1/{KEY}/cursor.json", {**cursor, "cursor": 55})
    assert "document.went_back" in codes(of.round().opened)
    assert (public.log.folder / "checkpoint").read_bytes() == head


def test_a_restart_goes_on_from_what_was_kept(public: Public, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.kept.PIECE", 16)
    of = watch(public)
    for size in (60, 100, 101, 170):
        public.grow(public.all[:size])
        public.publish()
        assert of.round().opened == ()
    del of  # killed: the last entries were not kept
    reads = []
    whole = Address.read
    monkeypatch.setattr(Address, "read", lambda self, path: reads.append(path) or whole(self, path))
    public.grow(public.all[:200])
    public.publish()
    again = watch(public)
    assert again.totals.read >= 100
    assert again.round().opened == () and again.totals.read == 200
    once = standing(again.totals.history.merged(), 200)
    assert (once.figures == again.totals.now.figures).all()
    piece = sorted((public.place.parent / "state").rglob("*.npz"))[0]
    piece.write_bytes(piece.read_bytes()[:100])  # a damaged piece costs time, not truth
    last = watch(public)
    assert last.round().opened == () and last.totals.read == 200


def test_one_that_is_far_behind_reads_in_pieces(public: Public, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.follow.AT_ONCE", 256)
    of = watch(public)
    assert of.round().opened == ()
    entries = leaves(history(public.bundle, KEY, some(8, 700)))
    public.log.grow([*leaves(public.all[:60]), *entries])
    head = (public.log.folder / "checkpoint").read_bytes()
    tile = public.log.folder / "tile/1/000.p/2"
    good = tile.read_bytes()
    put(tile, good[:-1] + b"?")
    assert codes(of.round().opened) == {"log.forked"}, "the tiles are not those of the head"
    put(tile, good)
    told = of.round()
    assert (told.size, told.opened) == (760, ()) and head == (public.log.folder / "checkpoint").read_bytes()
    assert of.totals.read == 760 and len(of.totals.history.merged().columns.events) > 100


def test_another_list_of_tps_is_an_alarm(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    path = public.place / f"v1/{KEY}/reference.json"
    put(path, path.read_bytes().replace(b'"001', b'"002', 1))
    assert codes(of.round().opened) == {"reference.changed"}


def test_streams_are_held_against_the_files(public: Public) -> None:
    of = watch(public)
    assert of.round().opened == ()
    public.grow(public.all[:70])
    entries = leaves(public.all[:70])
    for number in (61, 62, 64):  # 63 is left out, and 64 is another
        data = entries[number - 1].decode() if number < 64 else "{}"
        of.heard.entry(Message(str(number), "x", data))
    found = of.round().opened
    assert {(one.code, one.where) for one in found} == {("stream.gap", "62 → 64"), ("stream.differs", "64")}
    of.heard.cut(Message("9", "cut", '{"contest":"ppwp","number":9,"at":"","areas":["41"],"tps":[]}'))
    assert of.heard.published(["0"]) == ["41"]
    of.heard.cut(Message("9", "cut", '{"contest":"ppwp","number":9,"at":"","areas":[],"tps":[],"all":true}'))
    assert of.heard.published(["0"]) == ["0"]


def test_once_at_the_command_line(public: Public, capsys: pytest.CaptureFixture[str]) -> None:
    state = str(public.place.parent / "cli")
    assert main(["watch", str(public.place), "--once", "--json", "--state", state]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[-1]["event"] == "round" and told[-1]["open"] == 0 and told[-1]["cut"] == 60
    bad = public.read("0")
    bad["final"] += 1
    public.write(f"v1/{KEY}/0.json", bad)
    assert main(["watch", str(public.place), "--once", "--state", state]) == 1
    assert "alarm document.differs" in capsys.readouterr().out
    assert main(["watch", str(public.place / "nowhere"), "--once", "--state", state]) == 2


def test_an_outside_tally_is_compared_on_every_level(public: Public, tmp_path: Path) -> None:
    fields = public.bundle.contest(KEY).blocks["suara"]
    public.grow(
        [
            Row(i + 1, machine(kode, "suara", 0, tuple(range(i, i + len(fields))), held=False))
            for i, kode in enumerate(public.kodes[2:])
        ]
    )
    public.publish()
    of = watch(public)
    assert of.round().opened == ()
    ours = {kode: public._figures(kode, {"counted", "verified", "final"}) for kode in public.kodes}
    counted = [kode for kode, record in public.records.items() if record.block("suara").counts]
    assert len(counted) >= 2 and len(counted) < len(public.kodes)
    odd, absent = counted[0], next(kode for kode in public.kodes if kode not in counted)
    wide = ["kode,paslon_1,2,name"]
    for kode in (*counted, absent):
        one, two = (ours[kode].get(field, 0) for field in ("paslon_1", "paslon_2"))
        wide.append(f"{kode},{one + 10 if kode == odd else one},{two if 'paslon_2' in ours[kode] else ''},x")
    wide.append("9999999999999,1,1,x")
    (tmp_path / "wide.csv").write_text("\n".join(wide))
    found = Tally.read(tmp_path / "wide.csv", of.totals.stations).compare(of.totals.now)
    blank = sum("paslon_1" not in ours[kode] for kode in counted if kode != odd)  # theirs says 0 where ours has none
    assert (found.both, found.only_theirs, found.only_ours, found.unknown) == (len(counted), 1, 0, 1)
    assert found.differing == 1 + blank and found.equal == len(counted) - found.differing
    mine = next(one for one in found.differences if one.tps == odd)
    assert (mine.field, mine.theirs - (mine.ours or 0)) == ("paslon_1", 10)
    nation = found.levels[0]
    assert (nation.kode, nation.theirs["paslon_1"] - nation.ours["paslon_1"]) == ("0", 10)
    long = [
        "TPS;field;votes",
        *(f"{kode};100101;{ours[kode]['paslon_1']}" for kode in counted if "paslon_1" in ours[kode]),
    ]
    (tmp_path / "long.csv").write_text("\n".join(long))
    again = Tally.read(tmp_path / "long.csv", of.totals.stations).compare(of.totals.now)
    assert again.differing == 0 and again.both == len(long) - 1
    for text in ("a,b\n1,2\n", "tps,zzz\n4101012001001,5\n", "tps,paslon_1\n4101012001001,five\n"):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(BadTally):
            Tally.read(tmp_path / "bad.csv", of.totals.stations).compare(of.totals.now)
