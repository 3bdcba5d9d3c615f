"""Everything wrong or odd in a bundle on disk, at once, each naming its row. `load` stops at errors instead."""

from pathlib import Path

from msgspec.structs import replace

from election.bundle.files import AREAS, CANDIDATES, DAPIL, MANIFEST, TPS, hang, read
from election.bundle.parquet import BundleMissing, BundleUnreadable
from election.bundle.survey import survey_bundle, survey_sheets
from election.problem import Problem

FILE_OF = {"area": AREAS, "tps": TPS, "contest": MANIFEST, "dapil": DAPIL, "candidate": CANDIDATES}
"""The first word of a reason code names the file it is about."""


def check(path: Path | str) -> list[Problem]:
    """Every problem of the bundle in a directory, errors and warnings; empty where all is well."""
    try:
        sheets = read(Path(path))
    except BundleMissing as error:
        code = "file.missing_column" if error.facts.get("column") else "file.missing"
        return [Problem(code, kode=str(error.facts["what"]), file=str(error.facts["path"]))]
    except BundleUnreadable as error:
        return [Problem("file.unreadable", kode=str(error.facts["why"]), file=str(error.facts["path"]))]
    problems = survey_sheets(sheets)
    if not any(problem.severity == "error" for problem in problems):
        problems += survey_bundle(hang(sheets))
    return [replace(problem, file=FILE_OF[problem.code.split(".")[0]]) for problem in problems]
