"""A crowd of officers by locust, against a real door and accounts service, as `suara load` plays it."""

import json
import subprocess
import sys
from importlib.util import find_spec
from urllib.request import urlopen

import pytest
from kpps_scene import Town

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(120),
    pytest.mark.skipif(find_spec("locust") is None, reason="locust is in the extra load, which is not installed"),
]


def test_a_crowd_enrols_sends_loses_lines_and_finds_every_receipt_again(storage_settings, tmp_path):
    with Town(tmp_path, storage_settings) as town:
        accounts = json.loads(urlopen(f"{town.base}/v1/settings", timeout=10).read())["accounts"]
        command = [
            sys.executable, "-m", "suara", "load", "--json", "--bundle", tmp_path / "bundle", "--url", town.base,
            "--accounts", accounts, "--codes", storage_settings.data_dir / "codes.csv", "--users", "3", "--spawn", "3",
            "--minutes", "0.25", "--photo-bytes", "150000", "--out", tmp_path / "load",
        ]  # fmt: skip
        played = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        assert played.returncode == 0, played.stderr + (tmp_path / "load" / "locust.log").read_text()
        toll = json.loads(played.stdout)["toll"]
        assert toll.get("acknowledged: photo"), toll
        assert toll.get("acknowledged: reading"), toll
        assert "LOST" not in toll
        assert not any(what.startswith("refused") for what in toll), toll
        entries = town.run(town.storage.journal("ppwp").read(0, 10_000))
        acknowledged = toll["acknowledged: photo"] + toll["acknowledged: reading"]
        twice = acknowledged - sum(entry.kind in ("scan_received", "reading_submitted") for entry in entries)
        assert twice <= acknowledged // 5, "what was sent twice is in the journal once, and nothing else is missing"
        assert (tmp_path / "load" / "report.html").stat().st_size > 1000
