"""The house keeps its own rules: walls between rooms, docs that match the code, two commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from suara.cli import COMMANDS, build_parser

ROOT = Path(__file__).parent.parent
ROOMS = ("suara", "ingest", "ocr", "paper", "recap", "review", "publisher", "storage", "election", "tlog", "loadtest")


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def test_no_role_imports_another() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_an_outsider_needs_no_engine_to_import_rules_and_log() -> None:
    heavy = "numba cv2 onnxruntime aiohttp asyncpg redis pyarrow obstore".split()
    code = (
        "import sys\n"
        f"for name in {heavy!r}: sys.modules[name] = None\n"
        "import election.event, election.rules, election.record, election.region, election.decode, tlog.tree, tlog.note"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(('"""', 'r"""')), "a module opens with a docstring"
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert text.count("\n") <= 400


def test_every_command_has_help_with_an_example() -> None:
    parser = build_parser()
    [choices] = [action.choices for action in parser._actions if hasattr(action, "choices") and action.choices]
    for name, sub in choices.items():
        assert f"suara {name}" in sub.format_help(), f"{name} shows no example"
    assert set(COMMANDS) - {"roles", "rules"} <= set(choices)


def test_readme_names_only_commands_that_exist() -> None:
    [choices] = [a.choices for a in build_parser()._actions if hasattr(a, "choices") and a.choices]
    named = set(re.findall(r"`suara ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= set(choices), named - set(choices)


def test_links_between_documents_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_architecture_names_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    assert all(f"{room}/" in text for room in ROOMS)


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    registry = re.compile(r"https?://[a-z.-]*(?:pypi|pythonhosted|npmjs|debian)[a-z.-]*/", re.IGNORECASE)
    machine = re.compile(r"(?<![a-z])/(?:work|root)/[a-z.]")
    for name in filter(None, files):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".lock", ".toml", ".json", ".js", ".html", ".css", ""} and path.is_file():
            text = path.read_text(errors="ignore")
            assert not registry.search(text), name
            assert not machine.search(text), name
