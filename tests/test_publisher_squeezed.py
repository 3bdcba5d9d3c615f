"""Compressed companions: which documents have one, that it says the same, and what a reader gets when."""

import asyncio
import gzip
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from publisher import squeezed
from publisher.files import FOR_EVER, LATEST, Files
from publisher.folder import Folder
from publisher.front import app

NATION, TPS = "v1/ppwp/0.json", "pemilu/hhcw/ppwp/31/3101/310101/3101011003/3101011003007.json"
LONG = b'{"v":1,"text":"' + b"suara " * 1000 + b'"}'


def ask(public: Path, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    async def scenario() -> tuple[int, Mapping[str, str], bytes]:
        async with TestClient(TestServer(app(public)), auto_decompress=False) as client:
            answer = await client.get(path, headers={"Accept-Encoding": "identity", **headers})
            return answer.status, answer.headers, await answer.read()

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "ahead"),
    [
        ("index.html", True),
        ("ppwp/0.html", True),
        ("ppwp/3101.html", True),
        ("ppwp/310101.html", False),
        ("ppwp/tps/3101011003/3101011003007.html", False),
        (NATION, True),
        ("v1/ppwp/310101.json", False),
        ("v1/pdpr/dapil/3101.json", True),
        ("pemilu/hhcw/ppwp.json", True),
        ("pemilu/hhcw/ppwp/31/3101.json", True),
        ("pilkada/hhcw/pkwkp/31.json", True),
        ("pemilu/hhcw/ppwp/31/3101/310101.json", False),
        (TPS, False),
        ("scans/" + "a" * 64 + ".jpg", False),
        (".state/ppwp.json", False),
        ("static/site.css", True),
        ("log/ppwp/checkpoint", False),
    ],
)
def test_what_many_read_lies_compressed_beside_itself(tmp_path: Path, path: str, ahead: bool) -> None:
    Folder(tmp_path).write(path, LONG)
    companion = tmp_path / (path + squeezed.SUFFIX)
    assert companion.exists() == ahead
    if ahead:
        assert gzip.decompress(companion.read_bytes()) == LONG


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6))
def test_companion_and_document_always_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, all_of: list[bytes]
) -> None:
    root = tmp_path_factory.mktemp("public")
    for data in all_of:
        Folder(root).write(NATION, data)
        assert gzip.decompress((root / (NATION + ".gz")).read_bytes()) == (root / NATION).read_bytes() == data


def test_killed_between_the_two_the_next_writing_brings_them_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, show = Folder(tmp_path), Folder._show
    folder.write(NATION, b"old")

    def dies(self: Folder, part: str, path: str) -> None:
        if path == NATION:
            raise OSError("no space left on device")
        show(self, part, path)

    monkeypatch.setattr(Folder, "_show", dies)
    with pytest.raises(OSError, match="no space"):
        folder.write(NATION, LONG)
    monkeypatch.setattr(Folder, "_show", show)
    assert (tmp_path / NATION).read_bytes() == b"old"  # the companion is ahead by one writing, never behind
    folder.write(NATION, LONG)
    assert gzip.decompress((tmp_path / (NATION + ".gz")).read_bytes()) == (tmp_path / NATION).read_bytes() == LONG


def test_a_document_that_did_not_change_keeps_its_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(NATION, LONG)
    for name in (NATION, NATION + ".gz"):
        os.utime(tmp_path / name, (1, 1))
    folder.write(NATION, LONG)
    assert [(tmp_path / name).stat().st_mtime for name in (NATION, NATION + ".gz")] == [1, 1]
    (tmp_path / (NATION + ".gz")).unlink()
    folder.write(NATION, LONG)
    assert (tmp_path / (NATION + ".gz")).exists()


def test_companions_of_another_rule_are_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path)
    folder.sweep(0)
    folder.write(NATION, LONG)
    folder.sweep(0)
    assert (tmp_path / (NATION + ".gz")).exists()
    monkeypatch.setattr(squeezed, "RULE", "another")
    folder.sweep(0)
    assert not (tmp_path / (NATION + ".gz")).exists()


@pytest.mark.parametrize("path", [NATION, "v1/ppwp/3101011003.json"])
def test_each_encoding_has_its_own_tag_and_the_same_content(tmp_path: Path, path: str) -> None:
    """The first is compressed ahead, the second while the reader waits; nobody can tell."""
    Folder(tmp_path).write(path, LONG)
    status, plain, body = ask(tmp_path, f"/{path}")
    assert (status, body, plain["Vary"]) == (200, LONG, "Accept-Encoding")
    assert "Content-Encoding" not in plain
    status, packed, body = ask(tmp_path, f"/{path}", **{"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    assert (status, packed["Content-Encoding"], packed["Vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(body) == LONG
    assert len(body) < len(LONG) / 10
    assert packed["ETag"] != plain["ETag"]
    again = {"If-None-Match": packed["ETag"]}
    assert ask(tmp_path, f"/{path}", **again, **{"Accept-Encoding": "gzip"})[0] == 304
    assert ask(tmp_path, f"/{path}", **again)[0] == 200
    assert "Content-Encoding" not in ask(tmp_path, f"/{path}", **{"Accept-Encoding": "gzip;q=0"})[1]


def test_a_companion_alone_is_nothing_and_none_is_an_address(tmp_path: Path) -> None:
    Folder(tmp_path).write(NATION, LONG)
    assert ask(tmp_path, f"/{NATION}.gz")[0] == 404
    (tmp_path / NATION).unlink()
    assert ask(tmp_path, f"/{NATION}", **{"Accept-Encoding": "gzip"})[0] == 404


def test_pictures_and_small_documents_are_left_as_they_are(tmp_path: Path) -> None:
    picture = "scans/" + "a" * 64 + ".jpg"
    Folder(tmp_path).write(picture, LONG)
    Folder(tmp_path).write(TPS, b'{"chart":null}')
    assert Files(tmp_path).answer(picture, gzip=True).encoding == ""
    assert Files(tmp_path).answer(TPS, gzip=True).encoding == ""


def test_what_never_changes_may_be_kept_for_ever(tmp_path: Path) -> None:
    version, form = "v1/ppwp/versions/3101011003007/1.json", "static/form-ppwp-2-0123456789.json"
    for path in (version, form, "static/site.css", NATION):
        Folder(tmp_path).write(path, LONG)
    kept = [ask(tmp_path, f"/{path}")[1]["Cache-Control"] for path in (version, form, "static/site.css?v=1")]
    assert kept == [FOR_EVER] * 3
    latest = [ask(tmp_path, f"/{path}")[1]["Cache-Control"] for path in ("static/site.css", f"{NATION}?v=1")]
    assert latest == [LATEST] * 2
