"""The house keeps its own rules: walls between rooms, docs that match the code, two commands."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from suara.cli import build_parser

ROOT = Path(__file__).parent.parent
ROOMS = (
    "suara",
    "accounts",
    "identity",
    "ingest",
    "ocr",
    "paper",
    "recap",
    "review",
    "publisher",
    "storage",
    "election",
    "tlog",
    "loadtest",
)


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def test_no_role_imports_another() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_an_outsider_needs_no_engine_to_import_rules_and_log() -> None:
    heavy = ["numba", "cv2", "onnxruntime", "aiohttp", "asyncpg", "redis", "pyarrow", "obstore"]
    code = (
        "import sys\n"
        f"for name in {heavy!r}: sys.modules[name] = None\n"
        "import election.event, election.rules, election.record, election.region, election.decode, tlog.tree, tlog.note"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(('"""', 'r"""')), "a module opens with a docstring"
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert text.count("\n") <= 400


def _commands(parser: argparse.ArgumentParser, name: str = "suara") -> dict[str, argparse.ArgumentParser]:
    """Every command that does something, by its full name."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        return {name: parser}
    return {
        k: v for action in nested for n, p in action.choices.items() for k, v in _commands(p, f"{name} {n}").items()
    }


def test_every_command_has_help_with_an_example() -> None:
    for name, parser in _commands(build_parser()).items():
        help_text = parser.format_help()
        assert "example" in help_text and help_text.count(name) >= 2, f"{name} shows no example"


def test_readme_names_only_commands_that_exist() -> None:
    choices = {name.split()[1] for name in _commands(build_parser())}
    named = set(re.findall(r"`suara ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named <= choices, named - choices


def test_links_between_documents_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_architecture_names_every_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    assert all(f"{room}/" in text for room in ROOMS)


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    registry = re.compile(r"https?://[a-z.-]*(?:pypi|pythonhosted|npmjs|debian)[a-z.-]*/", re.IGNORECASE)
    machine = re.compile(r"(?<![a-z])/(?:work|root)/[a-z.]")
    for name in filter(None, files):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".lock", ".toml", ".json", ".js", ".html", ".css", ""} and path.is_file():
            text = path.read_text(errors="ignore")
            assert not registry.search(text), name
            assert not machine.search(text), name
