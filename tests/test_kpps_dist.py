"""What is shipped of the officer's app: built from the sources beside it, small, and served as it should be."""

import asyncio
import gzip
import json
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from identity_scene import ask

from election import bundle as bundles
from ingest.sheet import sheet_of
from ingest.shell import DIST, assets, get_shell
from ingest.wire import NoSuchAddress

KPPS = DIST.parent
SOURCES = (
    "src",
    "public",
    "make",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
)
BUILD = "run `npm ci && npm run build` in web/kpps"
LIMIT = 150_000


def answer(path: str, **headers: str):
    """What a browser gets."""
    asked = ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})
    return asyncio.run(get_shell(SimpleNamespace(accounts="https://akun.test"), asked))  # type: ignore[arg-type]


def test_dist_was_built_from_these_sources() -> None:
    found = [
        path for name in SOURCES for path in ([KPPS / name] if (KPPS / name).is_file() else (KPPS / name).rglob("*"))
    ]
    here = {
        path.relative_to(KPPS).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in found
        if path.is_file() and not path.name.endswith(".test.ts")
    }
    assert here == json.loads((DIST / "sources.json").read_bytes()), BUILD


def test_the_first_load_with_everything_for_offline_is_small() -> None:
    loaded = {name: len(asset.best("gzip")[1]) for name, asset in assets().items()}
    assert sum(loaded.values()) <= LIMIT, loaded
    assert sum(len(asset.best("br, gzip")[1]) for asset in assets().values()) < sum(loaded.values())


def test_the_service_worker_keeps_every_file_and_nothing_else() -> None:
    worker = (DIST / "sw.js").read_text()
    listed = json.loads(worker.split("JSON.parse('")[1].split("')")[0])
    assert sorted(listed) == sorted("/" if name == "index.html" else f"/{name}" for name in assets() if name != "sw.js")


def test_folded_copies_are_the_files_themselves() -> None:
    for name, asset in assets().items():
        if "gzip" in asset.bodies:
            assert gzip.decompress(asset.bodies["gzip"]) == asset.bodies[""], name


def test_the_page_is_asked_for_again_and_hashed_files_never() -> None:
    page = dict(answer("/").headers)
    assert page["Cache-Control"] == "no-cache"
    assert dict(answer("/sw.js").headers)["Cache-Control"] == "no-cache"
    script = next(name for name in assets() if name.endswith(".js") and name.startswith("assets/"))
    told = answer(f"/{script}", accept_encoding="gzip, br;q=1.0")
    assert "immutable" in dict(told.headers)["Cache-Control"]
    assert dict(told.headers)["Content-Encoding"] == "br"
    assert told.content_type == "text/javascript; charset=utf-8"
    assert answer("/", if_none_match=page["ETag"]).status == 304


def test_the_policy_lets_in_nothing_foreign_and_the_page_needs_nothing_inline() -> None:
    policy = dict(answer("/").headers)["Content-Security-Policy"]
    assert "connect-src 'self' https://akun.test;" in policy
    assert "unsafe" not in policy
    page = answer("/").body.decode()
    assert "style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets/nothing.js", "/sources.json", "/index.html.br", "/..", "/%2e%2e"]
)
def test_what_is_not_the_app_is_not_served(path: str) -> None:
    with pytest.raises(NoSuchAddress):
        answer(path)


def test_practice_is_an_invented_tps(tmp_path: Path) -> None:
    bundle = bundles.make(tmp_path, seed=2029, kabupaten=1, tps=1)
    expected = json.loads(msgspec.json.encode(sheet_of(bundle, bundle.tree.tps_kode(0))))
    assert json.loads((KPPS / "public" / "practice.json").read_bytes()) == expected, (
        "write sheet_of(...) there, and build"
    )
