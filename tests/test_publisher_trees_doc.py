"""The page about the trees says what the code does."""

import re
from pathlib import Path

import pytest

from election import bundle as bundles
from election.bundle import Bundle
from election.contest import CONTEST_TYPES
from publisher import places, squeezed
from publisher.ballots import Ballots
from publisher.files import FOR_EVER, HEAD, LASTING, LATEST, WORTH
from publisher.sirekap import standing

DOC = (Path(__file__).parents[1] / "docs" / "trees.md").read_text()
CODES = {"pp": r"[0-9A-Z]{2}", "kk": r"[0-9A-Z]{4}", "cc": r"[0-9A-Z]{6}", "kel": r"[0-9A-Z]{10}"}
WORDS = CODES | {
    "tps": r"[0-9A-Z]{13}",
    "contest": r"[a-z]+",
    "dapil": r"[0-9]+",
    "kode": r"[0-9A-Z]+",
    "number": r"\d+",
}
BELOW = r"(?:/[0-9A-Z]+)*"


def shapes() -> list[re.Pattern[str]]:
    """Every path of the page's tables as a pattern; "and below" and "to" cover what lies deeper."""
    found = []
    for line in re.findall(r"(?m)^\| (`.+?`.*?) \|", DOC):
        first = re.findall(r"`([^`]+)`", line)
        deeper = BELOW if "below" in line or " to " in line else ""
        for path in (one for one in first if not one.startswith("…")):
            pattern = re.escape(path.removesuffix(".json"))
            for word, shape in WORDS.items():
                pattern = pattern.replace(re.escape(f"{{{word}}}"), shape)
            if deeper:
                pattern = pattern.removesuffix("/0")
            found.append(re.compile(pattern + deeper + r"\.json"))
    return found


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundle")
    return bundles.make(
        folder, seed=5, provinsi=2, kabupaten=4, kecamatan=8, kelurahan=10, tps=24, contests=tuple(CONTEST_TYPES)
    )


def test_every_document_that_is_written_is_on_the_page(bundle: Bundle) -> None:
    tree, paths = bundle.tree, set()
    for key in CONTEST_TYPES:
        paths |= {path for path, _ in standing.documents(bundle, Ballots(bundle, key), "")}
        paths |= {places.aggregate(tree, key, area) for area in range(tree.n_areas)}
        paths |= {places.tps(tree, key, 0), places.version(key, tree.tps_kode(0), 1), places.v1(key, "0")}
        for one in bundle.printed(key).dapil:
            assembly = one.areas[0][: {"pdpr": 0, "pdprdp": 2, "pdprdk": 4}[key]] or "0"
            paths |= {places.hhcd(key, assembly, one.kode), places.hhcd_all(key, assembly), places.dapil(key, one.kode)}
    known = shapes()
    assert [path for path in sorted(paths) if not any(shape.fullmatch(path) for shape in known)] == []


def test_every_path_of_the_fixed_lists_exists(bundle: Bundle) -> None:
    """What the page promises of lists, word for word, is made."""
    made = {path for key in CONTEST_TYPES for path, _ in standing.documents(bundle, Ballots(bundle, key), "")}
    section = DOC.partition("## Sirekap's tree")[2].partition("What was loose")[0]
    exact = [p for p in re.findall(r"`((?:pemilu|wilayah|pilkada)/[^`{…]+\.json)`", section) if "hhc" not in p]
    assert len(exact) >= 5
    assert [path for path in exact if path not in made] == []


def test_lifetimes_and_limits_are_those_of_the_server() -> None:
    assert all(f"`{kept}`" in DOC for kept in (LATEST, HEAD, FOR_EVER))
    assert f"{WORTH:,} bytes" in DOC
    for path, kept in re.findall(r"(?m)^\| `((?:v1|scans)/[^`]+)` .*\| (5 s|for ever) \|$", DOC):
        sample = re.sub(r"\{sha256\}", "a" * 64, path.replace("{contest}", "ppwp"))
        assert bool(LASTING.fullmatch(re.sub(r"\{\w+\}", "1", sample))) == (kept == "for ever"), path
    assert squeezed.ahead("v1/ppwp/3101.json")
    assert not squeezed.ahead("v1/ppwp/310101.json")
