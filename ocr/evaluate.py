"""Measuring reading: single boxes, and whole pages against a table of what stands on them.

Every share comes with its exact binomial interval; what was accepted (probability at or above a threshold) and wrong
is counted on its own, because that is the error that matters. How photos are read lives elsewhere.
"""

import csv
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from msgspec import Struct

from election import form as forms
from election.contest import ADM, Choice, Contest
from election.decode import decode
from election.decode.number import best, likelihood
from election.scores import CLASSES, PageScores
from election.scores import decode as scores_of
from ocr.boxes import SIDE
from ocr.digits import default
from ocr.interval import clopper_pearson
from ocr.reader import PageReader

Report = dict[str, Any]

NUMERALS = frozenset("0123456789")
LIKE_ZERO = frozenset({"0", "X", "dash", "blank"})
_NOT_FIELDS = frozenset({"image", "contest", "template", "page", "record"})


class Answer(Struct, frozen=True):
    """One thing that was read: whether it is right, how sure the reader was, and where it stands."""

    right: bool
    sure: float
    group: str


def share(hits: int, trials: int) -> Report:
    """A share with its interval."""
    low, high = clopper_pearson(hits, trials)
    value = hits / trials if trials else None
    return {"value": value, "hits": hits, "of": trials, "interval": [round(low, 6), round(high, 6)]}


def crops(file: Path, threshold: float) -> Report:
    """Errors of single boxes. Parquet with `jpeg`, `label` (a class, or `zero`: any of 0, X, dash, blank), `group`."""
    table = pq.read_table(file, columns=["jpeg", "label", "group"]).to_pydict()
    labels = [str(label) for label in table["label"]]
    groups = [str(group) for group in table["group"]]
    chances = _read_crops(table["jpeg"])
    read = [CLASSES[i] for i in chances.argmax(axis=1)]
    sure = chances.max(axis=1)
    right = [r == label or (label == "zero" and r in LIKE_ZERO) for r, label in zip(read, labels, strict=True)]
    answers = [Answer(*one) for one in zip(right, sure.tolist(), groups, strict=True)]
    of = {label: [i for i, seen in enumerate(labels) if seen == label] for label in sorted(set(labels))}
    digits = [i for label, where in of.items() if label in NUMERALS for i in where]
    taken = [i for i in of.get("void", []) if read[i] in NUMERALS and sure[i] >= threshold]
    return {
        "digit_error": share(sum(not right[i] for i in digits), len(digits)),
        "number_error": None,
        "form_error": _groups(answers),
        **_accepted(answers, threshold),
        "by_label": {label: share(sum(right[i] for i in where), len(where)) for label, where in of.items()},
        "void_accepted_as_digit": share(len(taken), len(of.get("void", []))),
        "confused": _confused(labels, read, right),
        "reliability": _reliability(answers),
        "model": default().sha256,
    }


def _read_crops(jpegs: Iterable[bytes]) -> npt.NDArray[np.float64]:
    """Chances float64[n, 14] of each picture's classes."""
    pictures = []
    for jpeg in jpegs:
        seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        if seen is None:
            seen = np.full((SIDE, SIDE), 255, np.uint8)
        pictures.append(cv2.resize(seen, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    chances = np.exp(default().read(np.array(pictures, np.float32)))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float64)


def pages(folder: Path, threshold: float) -> Report:
    """Errors of numbers and forms. `folder` holds images and `ground_truth.csv`.

    Its columns: image, contest, template, page, then one a field, empty where this page does not have it. Rows that
    share a value of the optional column `record` are decoded together. A number on a page that cannot be read counts
    as not accepted, and as an error.
    """
    reader = PageReader()
    rows = list(csv.DictReader((folder / "ground_truth.csv").open(newline="", encoding="utf-8")))
    answers: list[Answer] = []
    blocks: list[Answer] = []
    faults: dict[str, int] = {}
    records: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        records.setdefault(row.get("record") or row["image"], []).append(row)
    for record, members in records.items():
        seen = []
        for row in members:
            found = reader.read((folder / row["image"]).read_bytes(), forms.load(row["template"]))
            fault = found.fault or (None if found.page == int(row["page"]) else "E403")
            if fault:
                faults[fault] = faults.get(fault, 0) + 1
            elif found.scores:
                seen.append(scores_of(found.scores))
        truth = {name: int(value) for row in members for name, value in _fields(row).items()}
        answers += _numbers(truth, seen, record)
        blocks += _blocks(members[0]["contest"], truth, seen, record)
    return {
        "digit_error": None,
        "number_error": share(sum(not a.right for a in answers), len(answers)),
        "form_error": _groups(answers),
        **_accepted(answers, threshold),
        "blocks": _accepted(blocks, threshold) | {"error": share(sum(not b.right for b in blocks), len(blocks))},
        "faults": faults,
        "reliability": _reliability(answers),
        "model": reader.model_sha256,
    }


def _fields(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in _NOT_FIELDS and value not in ("", None)}


def _numbers(truth: dict[str, int], seen: list[PageScores], record: str) -> list[Answer]:
    """Each number by itself, without the sums."""
    fields = {name: field for page in seen for name, field in page.fields.items()}
    answers = []
    for name, value in truth.items():
        if name not in fields:
            answers.append(Answer(False, 0.0, record))
            continue
        chance = likelihood(fields[name])
        answers.append(Answer(best(chance) == value, float(chance.max() / chance.sum()), record))
    return answers


def _blocks(key: str, truth: dict[str, int], seen: list[PageScores], record: str) -> list[Answer]:
    """Blocks that can be decoded together from these pages and whose truth is known."""
    count = sum(name.startswith(("paslon_", "calon_")) for name in truth)
    contest = Contest(key, tuple(Choice(str(n), n, str(n)) for n in range(1, count + 1)))
    blocks = {block: names for block, names in contest.blocks.items() if block == ADM or count}
    readings = decode(contest, seen)
    return [
        Answer(reading.figures == tuple(truth[name] for name in blocks[block]), reading.probability, record)
        for block, reading in readings.items()
        if block in blocks and all(name in truth for name in blocks[block])
    ]


def _groups(answers: list[Answer]) -> Report:
    """Share of groups (forms, writers) with any error."""
    groups = {answer.group for answer in answers}
    return share(len({answer.group for answer in answers if not answer.right}), len(groups))


def _accepted(answers: list[Answer], threshold: float) -> Report:
    accepted = [answer for answer in answers if answer.sure >= threshold]
    return {
        "coverage": share(len(accepted), len(answers)),
        "accepted_wrong": share(sum(not answer.right for answer in accepted), len(accepted)),
    }


def _confused(labels: list[str], read: list[str], right: list[bool]) -> dict[str, int]:
    pairs = [f"{label}>{seen}" for label, seen, ok in zip(labels, read, right, strict=True) if not ok]
    return {pair: pairs.count(pair) for pair in sorted(set(pairs), key=lambda pair: (-pairs.count(pair), pair))}


def _reliability(answers: list[Answer], bins: tuple[float, ...] = (0, 0.5, 0.9, 0.99, 0.999, 1.01)) -> list[Report]:
    """Of the answers given with a probability between two bounds: how many, how sure on average, how many right."""
    table = []
    for low, high in itertools.pairwise(bins):
        some = [answer for answer in answers if low <= answer.sure < high]
        mean = sum(answer.sure for answer in some) / len(some) if some else None
        table.append({"from": low, "mean": mean, "right": share(sum(answer.right for answer in some), len(some))})
    return table
