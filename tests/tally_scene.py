"""`suara tally` as a test runs it, and what came of it."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from suara.cli import main


class Ran(NamedTuple):
    code: int
    facts: dict[str, Any]
    out: Path
    err: str

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.out / f"{name}.parquet")


def tally(capsys: pytest.CaptureFixture[str], out: Path, *args: object) -> Ran:
    code = main(["tally", *map(str, args), "--out", str(out), "--json"])
    said = capsys.readouterr()
    return Ran(code, json.loads(said.out) if said.out else {}, out, said.err)
