"""Everything on one machine, as a person would use it: up, a night, a correction by two people, down, up again."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from tlog import note, tile, tree
from tlog.policy import Policy

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

TPS = 30


def free_ports(n: int) -> int:
    """The first of `n` neighbouring ports that nobody listens on."""
    for first in range(20100, 29000, 10):
        try:
            for port in range(first, first + n):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


class House:
    """A running `suara up --demo`."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_ports(5)
        self.process = self.start()

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "suara", "up", "--demo", "--tps", str(TPS), "--speed", "max", "--others", "0"]
        command += ["--data", str(self.data), "--port", str(self.port), *more]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def get(self, path: str, port: int = 0) -> str:
        with urlopen(f"http://127.0.0.1:{self.port + port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def left_over(self) -> list[str]:
        """Command lines that still name our data folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.data) in line:
                found.append(line)
        return found


def until(what: Callable[[], object], seconds: float) -> object:
    """The first true answer of `what` within `seconds`."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if last := what():
                return last
        except (URLError, HTTPError, OSError, ValueError, KeyError) as error:
            last = error
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s; last: {last!r}")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    running = House(tmp_path_factory.mktemp("house") / "data")
    yield running
    if running.process.poll() is None:
        running.process.kill()


def nation(house: House) -> dict[str, int]:
    """The nation's TPS by what became of their votes: total, counted, held, arriving, absent."""
    return json.loads(house.get("/v1/ppwp/0.json"))["tps"]


def totals(data: Path) -> dict[str, int]:
    """The nation's totals as published."""
    return json.loads((data / "public/v1/ppwp/0.json").read_text())["totals"]


def settled(house: House) -> bool:
    log = house.data / "log" / "night.log"
    sent = len((house.data / "night" / "receipts.jsonl").read_text().splitlines())
    document = nation(house)
    return log.exists() and sent >= TPS * 4 and document["counted"] + document["held"] == TPS


def test_a_night_is_counted_and_shown(house: House) -> None:
    until(lambda: settled(house), 240)
    sirekap = json.loads(house.get("/pemilu/hhcw/ppwp.json"))
    assert sirekap["progres"]["total"] == TPS
    assert "TPS" in house.get("/")


def bundle_of(house: House, place: tile.Tile) -> list[bytes]:
    """One bundle of entries, as any outsider fetches it."""
    with urlopen(f"http://127.0.0.1:{house.port}/log/ppwp/{place.path}", timeout=10) as answer:
        return tile.decode_entries(answer.read(), place.width)


def test_every_receipt_stands_in_a_log_that_is_signed_and_witnessed(house: House) -> None:
    until(lambda: settled(house), 240)
    policy = Policy.parse(house.get("/log/policy"))
    sent = [json.loads(line)["receipt"] for line in (house.data / "night" / "receipts.jsonl").read_text().splitlines()]
    receipts = {receipt["number"]: receipt for receipt in sent if receipt}

    def whole() -> tuple[note.Checkpoint, list[bytes]] | None:
        opened = policy.open(house.get("/log/ppwp/checkpoint"))
        head = note.Checkpoint.parse(opened.text)
        if head.size < max(receipts) or not policy.satisfied(opened):
            return None
        places = [place for place in tile.tiles(head.size) if place.level is None]
        return head, [entry for place in places for entry in bundle_of(house, place)]

    head, entries = until(whole, 30)
    assert head.root == tree.root(map(tree.leaf_hash, entries))
    for number, receipt in receipts.items():
        entry = json.loads(entries[number - 1])
        assert (entry["kind"], entry["tps"]) == (receipt["kind"], receipt["tps"])
        if receipt["kind"] == "scan_received":
            assert entry["sha256"] == receipt["sha256"]


def test_the_standby_says_what_the_log_says(house: House) -> None:
    until(lambda: settled(house), 240)
    status = until(lambda: (found := json.loads(house.get("/api/v1/status")))["condition"] == "sound" and found, 60)
    assert status["contests"]["ppwp"]["lag_seconds"] < 60
    area = until(lambda: json.loads(house.get("/api/v1/ppwp/areas/0"))["area"], 30)
    assert area["tps"]["total"] == TPS
    command = [sys.executable, "-m", "suara", "standby", "check", "--data", str(house.data), "--json"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    (found,) = json.loads(done.stdout)
    assert (done.returncode, found["holds"], found["records"]) == (0, True, TPS)


class Person:
    """A validator at the review desk."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.open = house, build_opener(HTTPCookieProcessor(CookieJar())).open
        password = dict(
            line.split() for line in (house.data / "demo-passwords.txt").read_text().splitlines()
        )[name]  # fmt: skip
        self.list = self.post("/masuk", name=name, password=password)

    def post(self, path: str, **form: str) -> str:
        return self._ask(path, urlencode(form).encode())

    def get(self, path: str) -> str:
        return self._ask(path, None)

    def _ask(self, path: str, body: bytes | None) -> str:
        with self.open(f"http://127.0.0.1:{self.house.port + 2}{path}", body, timeout=20) as answer:
            return answer.read().decode()


def fields(html: str, block: str) -> dict[str, str]:
    """The inputs of a block's form with their values."""
    section = html.partition(f'data-block="{block}"')[2].partition("</section>")[0]
    return dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', section))


def held(person: Person) -> tuple[str, str]:
    """TPS and block of the record that stands first in the list."""
    found = re.search(r'href="/ppwp/(\d+)#(\w+)"', person.get("/ppwp/held"))
    assert found, "the night left nothing for people to decide"
    return found.group(1), found.group(2)


def test_two_people_correct_a_record_and_the_public_sees_old_and_new(house: House) -> None:
    until(lambda: settled(house), 240)
    first, second = Person(house, "validator-1"), Person(house, "validator-2")
    tps, block = held(first)
    before = len(re.findall("#suara|#administrasi", first.get("/ppwp/held")))
    form = fields(first.get(f"/ppwp/{tps}"), block)
    said = first.post(f"/ppwp/{tps}/{block}/propose", **form, reason="paper_contradicts")
    assert "menunggu orang kedua" in said
    form = fields(second.get(f"/ppwp/{tps}"), block)
    assert "mulai dihitung" in second.post(f"/ppwp/{tps}/{block}/confirm", **form)
    until(lambda: len(re.findall("#suara|#administrasi", first.get("/ppwp/held"))) == before - 1, 30)
    until(lambda: "block_corrected" in house.get(f"/v1/ppwp/{tps[:10]}.json"), 30)
    until(lambda: "diverifikasi" in house.get(f"/ppwp/tps/{tps[:10]}/{tps}.html").lower(), 30)


def quiet(house: House, seconds: float = 15) -> bool:
    """Whether nothing new is published for a while: a second photo of a page waits for those that decide more."""
    document = house.data / "public/v1/ppwp/0.json"
    before = document.read_bytes()
    time.sleep(seconds)
    return document.read_bytes() == before


def test_ended_and_started_again_it_goes_on_where_it_was(house: House) -> None:
    until(lambda: settled(house) and quiet(house), 240)
    before = totals(house.data)
    assert house.stop() == 0
    assert house.left_over() == []
    house.process = house.start("--until-counted")
    assert house.process.wait(180) == 0
    assert house.left_over() == []
    assert totals(house.data) == before
