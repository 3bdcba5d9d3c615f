"""The public folder as outsiders get it: types, caching, the zero-document rule, and nothing that is not public."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from publisher.files import FOR_EVER, HEAD, HEADERS, LATEST, TPS_DOCUMENT, TYPES
from publisher.folder import Folder
from publisher.front import app

TPS = "pemilu/hhcw/ppwp/31/3101/310101/3101011003/3101011003007.json"
SCAN = f"scans/{'ab' * 32}.jpg"
IMAGE = "0b6e/pemilu/ppwp/31/73/01/10/02/3173011002267-20240216-171537--5db2644c-548b-4876-9595-dad78c680b06.jpg"
NGINX = Path(__file__).parents[1] / "deploy" / "nginx-public.conf"


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = Folder(tmp_path / "public")
    folder.json("pemilu/hhcw/ppwp.json", {"chart": {}})
    folder.json("pemilu/hhcw/ppwp/zero.json", {"chart": None})
    folder.json("wilayah/pemilu/ppwp/0.json", [])
    folder.write("index.html", b"<p>front")
    folder.write("404.html", b"<p>nothing")
    folder.write(SCAN, b"\xff\xd8")
    folder.link(IMAGE, to=SCAN)
    folder.write(".state/ppwp.json", b"{}")
    (tmp_path / "secret.json").write_text("{}")
    return folder.root


def ask(public: Path, *paths: str, headers: dict[str, str] | None = None, method: str = "GET") -> list[ClientResponse]:
    async def scenario() -> list[ClientResponse]:
        async with TestClient(TestServer(app(public))) as client:
            answers = []
            for path in paths:
                answer = await client.request(method, path, headers=headers)
                await answer.read()
                answers.append(answer)
            return answers

    return asyncio.run(scenario())


def body(answer: ClientResponse) -> bytes:
    return answer._body or b""


def test_a_tps_without_data_answers_with_the_zero_document(public: Path) -> None:
    (before,) = ask(public, f"/{TPS}")
    assert (before.status, body(before)) == (200, b'{"chart":null}')
    Folder(public).json(TPS, {"chart": {"100025": 1}})
    (after,) = ask(public, f"/{TPS}")
    assert body(after) == b'{"chart":{"100025":1}}'


@pytest.mark.parametrize(
    "path",
    [
        "/pemilu/hhcw/ppwp/31/3101/310101/3101011003.json",  # no TPS
        "/pemilu/hhcw/pdpr/31/3101/310101/3101011003/3101011003007.json",  # no such contest here
        "/.state/ppwp.json",
        "/../secret.json",
        "/%2e%2e/secret.json",
        "/v1/..%2f..%2fsecret.json",
        "/pemilu//hhcw/ppwp.json",
        "/index.html/",
        "/index.php",
        "/pemilu",
        "/%00.json",
        "/a\\b.json",
    ],
)
def test_what_is_not_public_is_not_found(public: Path, path: str) -> None:
    async def scenario() -> tuple[int, bytes]:
        async with TestClient(TestServer(app(public))) as client:
            reader, writer = await asyncio.open_connection(client.host, client.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            return int(answer.split()[1]), answer

    status, answer = asyncio.run(scenario())
    assert status in {400, 404}
    assert b"{}" not in answer


def test_types_and_caching(public: Path) -> None:
    nation, front, scan, image = ask(public, "/pemilu/hhcw/ppwp.json", "/", f"/{SCAN}", f"/{IMAGE}")
    assert nation.headers["Content-Type"] == "application/json"
    assert front.headers["Content-Type"] == "text/html; charset=utf-8"
    assert nation.headers["Cache-Control"] == front.headers["Cache-Control"] == LATEST
    assert scan.headers["Cache-Control"] == image.headers["Cache-Control"] == FOR_EVER
    assert scan.headers["Content-Type"] == "image/jpeg"
    for answer in (nation, front, scan):
        assert all(answer.headers[name] == value for name, value in HEADERS.items())
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_a_log_is_served_as_its_protocol_names_it(public: Path) -> None:
    paths = ["checkpoint", "tile/0/x001/234", "tile/0/000.p/7", "tile/entries/001"]
    for path in paths:
        Folder(public).write(f"log/ppwp/{path}", b"0")
    Folder(public).write("log/policy", b"quorum none\n")
    Folder(public).write("log/ppwp/tile/9/000", b"no level of ours")
    found = ask(public, *[f"/log/ppwp/{path}" for path in paths], "/log/policy")
    assert [answer.status for answer in found] == [200] * 5
    assert [answer.headers["Cache-Control"] for answer in found] == [HEAD, FOR_EVER, FOR_EVER, FOR_EVER, HEAD]
    kinds = {answer.headers["Content-Type"].split(";")[0] for answer in found[1:4]}
    assert kinds == {"application/octet-stream"}
    assert ask(public, "/log/ppwp/tile/9/000")[0].status == 404


def test_asking_again_costs_nothing_until_it_changes(public: Path) -> None:
    path = "/pemilu/hhcw/ppwp.json"
    (first,) = ask(public, path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert [a.status for a in ask(public, path, headers={"If-None-Match": f'"x", W/{etag}'})] == [304]
    assert [a.status for a in ask(public, path, headers={"If-Modified-Since": modified})] == [304]
    assert [a.status for a in ask(public, path, headers={"If-Modified-Since": "yesterday"})] == [200]
    Folder(public).json("pemilu/hhcw/ppwp.json", {"chart": {"100025": 2}})
    assert [a.status for a in ask(public, path, headers={"If-None-Match": etag})] == [200]


def test_only_reading_is_allowed(public: Path) -> None:
    assert ask(public, "/index.html", method="HEAD")[0].status == 200
    assert body(ask(public, "/index.html", method="HEAD")[0]) == b""
    assert ask(public, "/index.html", method="PUT")[0].status == 405
    assert ask(public, "/nowhere.html")[0].status == 404
    assert body(ask(public, "/nowhere.html")[0]) == b"<p>nothing"


def test_nginx_is_shipped_with_the_same_rules() -> None:
    conf = NGINX.read_text()
    pattern = re.search(r'location ~ "(\^/\(pemilu[^"]+)"', conf)
    assert pattern is not None
    assert pattern[1] == f"^/{TPS_DOCUMENT.pattern}$"
    for name, value in HEADERS.items():
        assert re.search(rf'add_header {name} "?{re.escape(value)}"? always;', conf), name
    assert f'"{FOR_EVER}"' in conf
    assert f'"{LATEST}"' in conf
    assert f'"{HEAD}"' in conf
    for suffix, kind in TYPES.items():
        assert re.search(rf"{re.escape(kind.split(';')[0])} {suffix[1:]};", conf), suffix


def test_what_a_killed_publisher_left_is_swept_and_never_served(public: Path) -> None:
    left = public / ".state" / "1-1.part"
    left.write_bytes(b"half a docum")
    now = left.stat().st_mtime
    assert ask(public, "/.state/1-1.part")[0].status == 404
    Folder(public).sweep(now + 60)
    assert left.exists()
    Folder(public).sweep(now + 3601)
    assert not left.exists()
    assert (public / ".state" / "ppwp.json").exists()


def test_a_picture_has_two_names_and_one_content(public: Path) -> None:
    folder = Folder(public)
    folder.keep("scans/cd.jpg", b"picture")
    folder.link("ab12/pemilu/x.jpg", to="scans/cd.jpg")
    folder.link("ab12/pemilu/x.jpg", to="scans/cd.jpg")
    assert (public / "ab12/pemilu/x.jpg").samefile(public / "scans/cd.jpg")
