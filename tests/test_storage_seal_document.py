"""docs/scans.md says what the code does: rules, reasons, kinds of refusals, where things lie."""

import re
from pathlib import Path

from msgspec import Struct

from election.errors import SuaraError
from election.record import Photo
from election.retention import RULES
from storage.errors import ScanDamaged, ScanMissing
from storage.seal import errors
from storage.seal.cabinet import Cabinet
from storage.seal.keys import CUSTODIAN
from storage.seal.openings import REASONS
from storage.seal.sealer import LEFT

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "scans.md").read_text()


def rows(title: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    part = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_rules_of_retention_are_those_of_the_code() -> None:
    said = {row[0].strip("`"): (int(row[1]), row[3]) for row in rows("How long")}
    assert said == {name: (rule.days, rule.law) for name, rule in RULES.items()}


def test_reasons_and_refusals_are_those_of_the_code() -> None:
    assert [row[0].strip("`") for row in rows("Opening an original")] == list(REASONS)
    own = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SuaraError)]
    codes = {one.code for one in own if one.__module__ == errors.__name__} | {ScanMissing.code, ScanDamaged.code}
    assert codes <= set(re.findall(r"`(scan\.[a-z_]+)`", TEXT))


def test_places_and_delays_are_those_of_the_code() -> None:
    assert f"after {LEFT.days} days" in TEXT and f"keys/scans/{CUSTODIAN}.pub" in TEXT
    assert Cabinet.path(_Bare(), "ppwp", "abcd" + "0" * 60).startswith("ppwp/ab/cd/abcd")  # type: ignore[arg-type]


def test_why_a_page_has_no_picture_is_said_in_the_words_of_the_code() -> None:
    assert Photo.picture.__doc__ is not None
    words = set(re.findall(r"`([a-z_]+)`", Photo.picture.__doc__)) - {"shown"}
    assert words == {"awaits_reading", "awaits_outline", "none"}
    assert all(f"`{word}`" in TEXT for word in words)


class _Bare(Struct):
    _prefix: str = ""
