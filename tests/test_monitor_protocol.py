"""The one-page protocol: a monitor written from it alone agrees with ours and with what is published."""

import importlib.util
import json
import sys
from pathlib import Path

import msgspec
import pytest
from history_scene import wishes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitor_scene import Public, columns, history, leaves, make, put, some, stations_of

from election.bundle import Bundle
from monitor import standing as standings
from monitor.history import History
from monitor.sums import sums
from suara.cli import main

ROOT = Path(__file__).resolve().parents[1]
VECTORS = Path(__file__).parent / "vectors" / "monitor"
KEYS = ("ppwp", "pdpr")


def outsider():
    spec = importlib.util.spec_from_file_location("outsider", ROOT / "docs" / "examples" / "monitor.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make(tmp_path_factory.mktemp("protocol") / "b")


@pytest.mark.parametrize("key", KEYS)
def test_it_agrees_with_a_generated_election(key: str, bundle: Bundle, tmp_path: Path) -> None:
    public = Public(tmp_path, bundle, key)
    public.grow(history(bundle, key, some(11, 300)))
    for upto in (None, 120):
        public.publish(upto)
        found = list(outsider().check(tmp_path, key))
        assert len(found) > 9 and [differs for _, _, differs in found if differs] == []
    told = public.read("0")
    told["totals"][next(iter(told["totals"]))] += 1
    public.write(f"v1/{key}/0.json", told)
    assert [kode for kode, _, differs in outsider().check(tmp_path, key) if differs] == ["0"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(KEYS), wanted=st.lists(wishes, min_size=1, max_size=80))
def test_it_agrees_with_ours_on_random_histories(key: str, wanted, bundle: Bundle) -> None:
    other, of = outsider(), stations_of(bundle, key)
    entries = leaves(history(bundle, key, wanted))
    reference = msgspec.json.decode(msgspec.json.encode(_reference(bundle, key)))
    found = other.records(reference, [json.loads(one) for one in entries], len(entries))
    ours = standings.standing(History.of(of, columns(of, entries)), len(entries))
    for kode in ("0", *of.areas(2), *of.areas(10)):
        theirs, own = other.area(reference, found, kode), sums(ours, of.within(kode))
        assert theirs == {
            "tps": own.tps, "administrasi": own.administrasi, "totals": own.totals, "held": own.held,
            "final": own.final, "reopened": own.reopened,
        }  # fmt: skip


def _reference(bundle: Bundle, key: str):
    from publisher.ballots import Ballots
    from publisher.reference import reference

    return reference(bundle.tree, Ballots(bundle, key))


def test_the_vectors_come_to_what_they_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    expected = json.loads((VECTORS / "expected.json").read_text())
    found = {kode: ours for kode, ours, differs in outsider().check(VECTORS / "public", "ppwp") if not differs}
    assert found == expected["areas"]
    state = str(tmp_path / "s")
    assert main(["verify", str(VECTORS / "public"), "--state", state, "--scans", "0", "--processes", "1"]) == 0
    assert f"{expected['entries']:,} entries" in capsys.readouterr().out


def test_the_page_is_one_page_and_its_example_is_short() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text()
    assert len(page.splitlines()) < 90 and "docs/examples/monitor.py" in page
    example = (ROOT / "docs" / "examples" / "monitor.py").read_text()
    imported = [
        line.split()[1].partition(".")[0] for line in example.splitlines() if line.startswith(("import", "from"))
    ]
    assert set(imported) <= set(sys.stdlib_module_names) and len(example.splitlines()) < 170


def make_vectors(folder: Path) -> None:
    """Writes the vectors anew: `python tests/test_monitor_protocol.py`."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        bundle = make(Path(place) / "b")
        public = Public(folder / "public", bundle, "ppwp")
        public.grow(history(bundle, "ppwp", some(5, 300)))
        public.publish()
    areas = {kode: ours for kode, ours, _ in outsider().check(folder / "public", "ppwp")}
    put(folder / "expected.json", json.dumps({"entries": 300, "areas": areas}, indent=1).encode())


if __name__ == "__main__":
    make_vectors(VECTORS)
