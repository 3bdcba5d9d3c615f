"""Measuring single boxes, against a Parquet file of crops that somebody labelled.

Columns: `jpeg` (an encoded picture), `label` (a class, or `zero`: any of 0, X, dash, blank), `group` (writer or TPS;
without it every crop is its own). Labels in any case and under common names are understood; those that are not are
left out and counted. Pictures go to the network as they are, whatever their size: the box and a little around it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from election.scores import CLASSES
from ocr.boxes import SIDE
from ocr.digits import Digits, default
from ocr.evaluate.answers import (
    Answer,
    Report,
    acceptance,
    confused,
    error,
    group_error,
    reliability,
    risk_coverage,
    share,
)
from ocr.evaluate.fault import ColumnMissing, NothingKnown, NotReadable

THRESHOLD: Final = 0.99
"""From this probability on a single box counts as accepted. Blocks have their own thresholds: `election.acceptance`."""

NUMERALS: Final = frozenset("0123456789")
ZERO: Final = "zero"
LIKE_ZERO: Final = frozenset({"0", "X", "dash", "blank"})

SYNONYMS: Final = {
    "x": "X", "cross": "X", "silang": "X",
    "-": "dash", "–": "dash", "—": "dash", "strip": "dash", "minus": "dash",
    "": "blank", " ": "blank", "empty": "blank", "kosong": "blank", "space": "blank",
    "other": "void", "junk": "void", "invalid": "void", "scribble": "void", "struck": "void", "?": "void",
    "0x": ZERO, "zeros": ZERO,
}  # fmt: skip
"""Other words for labels, lower case."""

IMAGE_COLUMNS: Final = ("jpeg", "image", "png", "bytes", "crop", "picture")
GROUP_COLUMNS: Final = ("group", "writer", "tps", "form")


def evaluate(file: Path, threshold: float = THRESHOLD, digits: Digits | None = None) -> Report:
    """Errors of single boxes.

    Raises:
        TruthFault: the file is no such table, or none of its labels is known.
    """
    digits = digits or default()
    table = _table(file)
    labels = [label_of(value) for value in table["label"]]
    pictures = [picture(data) for data in table["picture"]]
    usable = [i for i, label in enumerate(labels) if label is not None and pictures[i] is not None]
    if not usable:
        raise NothingKnown(file=file.name, why=f"labels {_some(table['label'])}; known: {', '.join(CLASSES)}, {ZERO}")
    chances = _read(digits, [pictures[i] for i in usable])
    truth = [str(labels[i]) for i in usable]
    report = measure(truth, chances, [str(table["group"][i]) for i in usable], threshold)
    unknown = confused((str(table["label"][i]), "?") for i, label in enumerate(labels) if label is None)
    unseen = sum(labels[i] is not None and pictures[i] is None for i in range(len(labels)))
    left_out = {"labels": {key.removesuffix(">?"): n for key, n in unknown.items()}, "pictures": unseen}
    return report | {"left_out": left_out, "model": digits.sha256}


def measure(truth: list[str], chances: npt.NDArray[np.float64], groups: list[str], threshold: float) -> Report:
    """The figures of boxes, from chances float64[n, 14] of the classes and what each box holds."""
    read = [CLASSES[i] for i in chances.argmax(axis=1)]
    right = [seen == label or (label == ZERO and seen in LIKE_ZERO) for seen, label in zip(read, truth, strict=True)]
    sure = _sure(truth, chances)
    answers = [Answer(ok, p, p >= threshold, group) for ok, p, group in zip(right, sure.tolist(), groups, strict=True)]
    where = {label: [i for i, known in enumerate(truth) if known == label] for label in sorted(set(truth))}
    numerals = [answers[i] for label, at in where.items() if label in NUMERALS for i in at]
    void = where.get("void", [])
    as_digit = [i for i in void if read[i] in NUMERALS]
    return {
        "boxes": len(truth),
        "digit_error": error(numerals),
        "number_error": share(0, 0),  # crops belong to no number
        "form_error": group_error(answers),
        **acceptance(answers),
        "threshold": threshold,
        "by_label": {label: share(sum(right[i] for i in at), len(at)) for label, at in where.items()},
        "void_read_as_digit": share(len(as_digit), len(void)),
        "void_accepted_as_digit": share(sum(answers[i].accepted for i in as_digit), len(void)),
        "confused": confused((a, b) for a, b, ok in zip(truth, read, right, strict=True) if not ok),
        "reliability": reliability(answers),
        "risk_coverage": risk_coverage(answers),
    }


def _sure(truth: list[str], chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How sure the answer is; where any kind of zero is right, how sure it is of one or of none."""
    sure = chances.max(axis=1)
    alike = [CLASSES.index(name) for name in sorted(LIKE_ZERO)]
    zero = chances[:, alike].sum(axis=1)
    some = np.array([label == ZERO for label in truth]) & np.isin(chances.argmax(axis=1), alike)
    return np.where(some, zero, sure)


def label_of(value: object) -> str | None:
    """The class a label means; None for one that is not known."""
    text = "" if value is None else str(value).strip()
    text = text.removesuffix(".0") if text[:-2].isdigit() else text
    if text in NUMERALS:
        return text
    known = {name.lower(): name for name in (*CLASSES, ZERO)}
    return known.get(text.lower()) or SYNONYMS.get(text.lower())


def picture(data: object) -> npt.NDArray[np.float32] | None:
    """A crop as the network takes it, float32[32, 32]; None where the bytes are no picture."""
    raw = data.get("bytes") if isinstance(data, Mapping) else data
    if not isinstance(raw, bytes) or not raw:
        return None
    seen = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE)
    if seen is None:
        return None
    finer = min(seen.shape) >= SIDE
    return cv2.resize(seen, (SIDE, SIDE), interpolation=cv2.INTER_AREA if finer else cv2.INTER_LINEAR).astype(
        np.float32
    )


def _read(digits: Digits, pictures: Iterable[npt.NDArray[np.float32] | None]) -> npt.NDArray[np.float64]:
    """Chances float64[n, 14] of each picture's classes."""
    boxes = np.array([box for box in pictures if box is not None], np.float32)
    parts = [np.exp(digits.read(boxes[start : start + 512])) for start in range(0, len(boxes), 512)]
    chances = np.concatenate(parts)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float64)


def _table(file: Path) -> dict[str, list[Any]]:
    """Columns `picture`, `label` and `group` of the file."""
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowException) as fault:
        needed = "Parquet with the columns jpeg, label, group"
        raise NotReadable(file=file.name, why=type(fault).__name__, needed=needed) from fault
    names = {name.lower(): name for name in table.column_names}
    columns = ", ".join(table.column_names)
    pictures = next((names[name] for name in IMAGE_COLUMNS if name in names), None)
    if pictures is None:
        raise ColumnMissing(file=file.name, column="jpeg", columns=columns)
    if "label" not in names:
        raise ColumnMissing(file=file.name, column="label", columns=columns)
    groups = next((names[name] for name in GROUP_COLUMNS if name in names), None)
    rows = list(range(table.num_rows))
    return {
        "picture": table[pictures].to_pylist(),
        "label": table[names["label"]].to_pylist(),
        "group": rows
        if groups is None
        else [row if g is None else g for row, g in enumerate(table[groups].to_pylist())],
    }


def _some(labels: Iterable[object]) -> str:
    return ", ".join(sorted({str(label) for label in labels})[:8])
