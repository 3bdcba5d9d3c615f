"""What docs/open-data.md tells strangers to do works as it stands there: its questions, its programs, its addresses."""

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
from datasets_scene import OpenData, opened

__all__ = ["opened"]  # a fixture
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXT = (DOCS / "open-data.md").read_text()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator:
    """Any file server: the standard library's."""
    running: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def run(name: str, *args: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", DOCS / "examples" / name, *args], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.mark.servers
def test_every_question_in_the_text_has_an_answer(opened: OpenData) -> None:
    line = duckdb.connect()
    line.execute(f"set variable suara = '{opened.data}'")
    line.execute((opened.data / "analysis/suara.sql").read_text())
    questions = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    assert len(questions) >= 6
    for question in questions:
        assert line.execute(question).fetchall(), question
    for (view,) in line.execute("select view_name from duckdb_views() where not internal").fetchall():
        names = [row[0] for row in line.execute(f"describe {view}").fetchall()]
        line.execute(f"select {', '.join(names)} from {view} limit 1")  # no column needs quotes


@pytest.mark.servers
def test_the_programs_run_against_any_file_server(opened: OpenData, serve) -> None:
    host = serve(opened.public)
    for key in ("ppwp", "pdpr", "pkwkk"):
        code, told = run("sum_votes.py", host, key)
        assert code == 0 and "suara_sah" in told
    code, told = run("check_files.py", host, "ppwp")
    assert code == 0 and told.count("ok") > 20 and "DIFFERS" not in told
    opened.show("ppwp")
    code, told = run("compare_earlier.py", host, "ppwp", "0")
    assert code == 0 and "2024 kpu" in told and "%" in told


def test_the_program_that_checks_scans_finds_a_changed_one(tmp_path: Path, serve) -> None:
    pages, scans = tmp_path / "data/ppwp/pages", tmp_path / "scans"
    pages.mkdir(parents=True)
    scans.mkdir()
    digest = hashlib.sha256(b"picture").hexdigest()
    (scans / f"{digest}.jpg").write_bytes(b"picture")
    heading = "kode,page,number,at_utc,state,fault,quality,sha256,rendition\r\n"
    (pages / "32.csv").write_text(f"{heading}3201010001001,2,7,t,read,,900,{'a' * 64},{digest}\r\n")
    assert run("check_scan.py", serve(tmp_path), "ppwp", "3201010001001")[0] == 0
    (scans / f"{digest}.jpg").write_bytes(b"another")
    assert run("check_scan.py", serve(tmp_path), "ppwp", "3201010001001")[0] == 1


def test_the_text_names_every_program_and_only_those_that_are_there() -> None:
    named = set(re.findall(r"examples/([a-z_]+\.py)", TEXT))
    assert named == {path.name for path in (DOCS / "examples").glob("*.py")} - {"monitor.py"}
    for name in named:
        imported = re.findall(r"^(?:from|import) (\w+)", (DOCS / "examples" / name).read_text(), re.MULTILINE)
        assert set(imported) <= set(sys.stdlib_module_names)


@pytest.mark.servers
def test_the_text_names_every_kind_of_file(opened: OpenData) -> None:
    rows = re.findall(r"^\| `([^|]+) \| ", TEXT, re.MULTILINE)
    text = " ".join(rows)
    for path in sorted((opened.data / "pdpr").rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            name = path.relative_to(opened.data / "pdpr").as_posix()
            first = name.split("/")[0] if "/" in name else name.split(".")[0]
            assert f"{{contest}}/{first}" in text or f"`{first}`" in TEXT, name
