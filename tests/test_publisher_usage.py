"""Statistics of use: counted by class and minute, withheld where few, and nothing about anybody anywhere."""

import asyncio
import csv
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from publisher.front import app
from publisher.usage import CLASSES, FLOOR, Kept, Usage, class_of, rows
from publisher.usage_log import read, snippet
from publisher.usage_room import room

ROOT = Path(__file__).parent.parent
AT = datetime(2029, 2, 14, 13, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "front"), ("/index.html", "front"), ("/ppwp/3201.html", "area"), ("/pdpr/dapil/3201.html", "area"),
        ("/ppwp/tps/3201010001/3201010001001.html", "tps"), ("/v1/ppwp/0.json", "v1"), ("/data/ppwp/tps.csv", "data"),
        ("/pemilu/hhcw/ppwp.json", "sirekap"), ("/wilayah/pemilu/ppwp/0.json", "sirekap"),
        ("/log/ppwp/checkpoint", "log"),
        ("/0a1b/pemilu/ppwp/32/01/x.jpg", "scan"), ("/scans/ab.jpg", "scan"), ("/stream/ppwp/cuts", "stream"),
        ("/api/v1/status", "query"), ("/report", "report"), ("/site.css", "other"), ("/wp-login.php", "other"),
    ],
)  # fmt: skip
def test_every_address_has_its_class(path: str, name: str) -> None:
    assert class_of(path) == name


def published(public: Path) -> dict[tuple[str, str], str]:
    with (public / "data/usage.csv").open(newline="") as lines:
        return {(row["time"], row["name"]): row["requests"] for row in csv.DictReader(lines)}


def test_small_counts_are_withheld_over_all_servers_together(tmp_path: Path) -> None:
    for node in ("a", "b"):
        usage = Usage(tmp_path, lambda: AT, node)
        for _ in range(FLOOR // 2):
            usage.count("/v1/ppwp/0.json", 200)
        usage.count("/ppwp/tps/3201010001/3201010001001.html", 200)
        usage.count("/v1/gone.json", 404)
        usage.publish()
        wanted = "" if node == "a" else str(FLOOR)
        assert published(tmp_path)["2029-02-14T13:05", "v1"] == wanted
    assert published(tmp_path)["2029-02-14T13:05", "tps"] == ""
    document = json.loads((tmp_path / "data/usage.json").read_text())
    assert {"time": "2029-02-14T13:05", "name": "tps", "requests": None} in document["rows"]


@given(st.lists(st.dictionaries(st.sampled_from([one.name for one in CLASSES]), st.integers(1, 40)), max_size=4))
def test_no_count_below_the_floor_is_ever_told(servers: list[dict[str, int]]) -> None:
    found = rows(Kept(counts={"2029-02-14T13:05": counts}) for counts in servers)
    for row in found:
        all_of_them = sum(counts.get(row.name, 0) for counts in servers)
        assert row.requests == (all_of_them - all_of_them % FLOOR or None)


def test_old_minutes_become_hours_and_nothing_is_lost(tmp_path: Path) -> None:
    now = AT
    usage = Usage(tmp_path, lambda: now, "a")
    for _ in range(3):
        for _ in range(6):
            usage.count("/", 200)
        usage.publish()
        now += timedelta(minutes=1)
    assert set(published(tmp_path).values()) == {""}
    now = AT + timedelta(days=3)
    usage.publish()
    assert published(tmp_path) == {("2029-02-14T13", "front"): "10"}
    assert Usage(tmp_path, lambda: now, "a").kept().counts == {"2029-02-14T13": {"front": 18}}


def test_the_public_server_counts_what_it_answers_and_keeps_nothing_of_who_asked(tmp_path: Path) -> None:
    async def ask() -> None:
        server = app(tmp_path, [room(tmp_path, lambda: AT, "node", every=3600)])
        async with TestClient(TestServer(server)) as client:
            for _ in range(FLOOR):
                answer = await client.get("/?name=somebody", headers={"User-Agent": "a-browser", "Referer": "a-page"})
                assert answer.status == 200 and "Set-Cookie" not in answer.headers

    (tmp_path / "index.html").write_text("front")
    asyncio.run(ask())
    assert published(tmp_path) == {("2029-02-14T13:05", "front"): str(FLOOR)}
    for path in (tmp_path / ".state").rglob("*.json"):
        assert not re.search(r"a-browser|a-page|somebody|127\.0\.0\.1", path.read_text())


def test_a_web_servers_log_is_counted_once_whatever_happens_to_it(tmp_path: Path) -> None:
    log = tmp_path / "usage.log"
    line = "2029-02-14T20:05:59+07:00 200 v1\n"
    log.write_text(line * 12 + "GET / 1.2.3.4\n2029-02-14T20:05:59+07:00 404 v1\n" + line[:20])
    assert read(Usage(tmp_path, lambda: AT, "log"), log) == 12
    assert read(Usage(tmp_path, lambda: AT, "log"), log) == 0
    with log.open("a") as more:
        more.write(line[20:] + line)
    assert read(Usage(tmp_path, lambda: AT, "log"), log) == 2
    log.rename(tmp_path / "usage.log.1")
    log.write_text(line)
    assert read(Usage(tmp_path, lambda: AT, "log"), log) == 1
    assert published(tmp_path) == {("2029-02-14T13:05", "v1"): "10"}


def test_nginx_writes_the_class_and_nothing_else() -> None:
    assert (ROOT / "deploy/nginx-usage.conf").read_text() == snippet()
    (written,) = re.findall(r"log_format suara_usage '(.*)';", snippet())
    assert written.split() == ["$time_iso8601", "$status", "$suara_class"]
