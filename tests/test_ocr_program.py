"""The program's name in every reading: it follows what reads, and nothing else."""

import re
from pathlib import Path

from ocr import program


def planted(root: Path) -> Path:
    reads = (
        "ocr/reader.py",
        "ocr/guard/child.py",
        "election/form/model.py",
        "election/forms/a.json",
        "election/scores.py",
    )
    others = ("ocr/train/run.py", "ocr/evaluate/pages.py", "ocr/evaluate.py", "ocr/model/CARD.md")
    for name in (*reads, *others):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def hashed(root: Path) -> str:
    return program.digest(root, program.sources(root))


def test_the_name_is_a_version_and_twelve_hex_digits() -> None:
    assert re.fullmatch(r"suara-ocr \d+ [0-9a-f]{12}", program.program())


def test_what_reads_is_hashed_in_one_order(tmp_path: Path) -> None:
    assert program.sources(planted(tmp_path)) == [
        "election/form/model.py", "election/forms/a.json", "election/scores.py", "ocr/guard/child.py", "ocr/reader.py",
    ]  # fmt: skip


def test_the_hash_follows_names_and_content_of_what_reads(tmp_path: Path) -> None:
    before = hashed(planted(tmp_path))
    assert hashed(planted(tmp_path / "elsewhere")) == before
    (tmp_path / "ocr/train/run.py").write_text("trained otherwise")
    (tmp_path / "ocr/evaluate/pages.py").write_text("measured otherwise")
    assert hashed(tmp_path) == before
    (tmp_path / "ocr/reader.py").write_text("reads otherwise")
    assert hashed(tmp_path) != before
    planted(tmp_path)
    (tmp_path / "ocr/reader.py").rename(tmp_path / "ocr/reader2.py")
    assert hashed(tmp_path) != before


def test_no_file_runs_into_the_next(tmp_path: Path) -> None:
    for folder, (one, two) in (("a", ("xy", "z")), ("b", ("x", "yz"))):
        planted(tmp_path / folder)
        (tmp_path / folder / "ocr/reader.py").write_text(two)
        (tmp_path / folder / "ocr/guard/child.py").write_text(one)
    assert hashed(tmp_path / "a") != hashed(tmp_path / "b")
