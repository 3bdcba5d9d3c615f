"""Which program read a page: a version, and the hash of all that makes scores out of pixels.

The model has a hash of its own. What trains it, measures it or draws forms is no part of this.
"""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

VERSION: Final = "suara-ocr 2"

_ROOT: Final = Path(__file__).parent.parent
_APART: Final = ("ocr/train/", "ocr/evaluate")


@cache
def program() -> str:
    """Version and 12 hex digits: the same on every machine that has the same files."""
    return f"{VERSION} {digest(_ROOT, sources(_ROOT))[:12]}"


def sources(root: Path) -> list[str]:
    """Names, below `root` and sorted, of the files that decide what is read."""
    found = [*(root / "ocr").rglob("*.py"), *(root / "election" / "form").rglob("*.py")]
    found += [*(root / "election" / "forms").glob("*.json"), root / "election" / "scores.py"]
    names = (file.relative_to(root).as_posix() for file in found)
    return sorted(name for name in names if not name.startswith(_APART))


def digest(root: Path, names: Iterable[str]) -> str:
    """SHA-256, hex, over each file's name and content, both led by their length so that none runs into another."""
    total = sha256()
    for name in names:
        for part in (name.encode(), (root / name).read_bytes()):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
