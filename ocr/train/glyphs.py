"""Training pictures of handwriting that others gathered: digits, crosses, dashes, and much that is no digit.

Ink without a box (MNIST, BHMSDS, characters) is laid into photographed empty boxes of our own forms; boxes cut from
real forms come as they are. The files lie outside the project; none of them is part of it.
"""

import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from election.scores import CLASSES
from ocr.boxes import SIDE
from ocr.train.forms import Boxes

Pictures = npt.NDArray[np.uint8]

VOID = CLASSES.index("void")
_BHMSDS = {"minus": "dash", "x": "X"}
_LOOKS_LIKE_ONE = frozenset("0123456789XxOoDQIlijJSsZzBbgqGT")
"""Characters that a reader of digits may rightly take for one of the classes."""


def ink(data: Path) -> Boxes:
    """Ink without a box, uint8[n, 32, 32], 255 = ink, from BHMSDS, MNIST and the characters."""
    parts = [_bhmsds(data / "bhmsds.npz"), _mnist(data / "mnist.npz"), _characters(data / "chars74k_strokes32.npz")]
    return Boxes(np.concatenate([p.pictures for p in parts]), np.concatenate([p.labels for p in parts]))


def _framed(pictures: Pictures) -> Pictures:
    """No ink around, up to the size of a box's picture."""
    side = pictures.shape[1]
    edge = (SIDE - side) // 2
    return np.pad(pictures, ((0, 0), (edge, SIDE - side - edge), (edge, SIDE - side - edge)))


def _bhmsds(path: Path) -> Boxes:
    """Samples come in the order in which people wrote them: the last tenth of each class is left for testing."""
    with np.load(path) as file:
        x, y, order, names = file["x"], file["y"], file["idx"], [str(name) for name in file["names"]]
    kinds = [_BHMSDS.get(name, name if name.isdigit() else "void") for name in names]
    keep = (order < 1350) & ((order % 3 == 0) | ~np.isin(y, [i for i, kind in enumerate(kinds) if kind == "void"]))
    labels = np.array([CLASSES.index(kind) for kind in kinds])[y[keep]]
    return Boxes(_framed(255 - x[keep]), labels)


def _mnist(path: Path, every: int = 6) -> Boxes:
    with np.load(path) as file:
        x, y = file["x_train"][::every], file["y_train"][::every]
    return Boxes(_framed(x), y.astype(np.int64))


def _characters(path: Path) -> Boxes:
    with np.load(path) as file:
        x, names = file["x"], [str(name) for name in file["label"]]
    strange = np.array([name not in _LOOKS_LIKE_ONE for name in names])
    dark = x if np.median(x) < 128 else 255 - x
    return Boxes(dark[strange], np.full(int(strange.sum()), VOID))


def lay(strokes: Pictures, paper: Pictures, rng: np.random.Generator) -> Pictures:
    """Ink laid into an empty box: moved, turned, scaled, made thicker or thinner, more or less dark."""
    height, width = rng.uniform(0.55, 0.95), rng.uniform(0.6, 1.0)
    angle, lean = rng.normal(0, 0.1), rng.normal(0, 0.15)
    size = 0.85 * np.array([[width * np.cos(angle), lean - np.sin(angle)], [np.sin(angle), height * np.cos(angle)]])
    middle = np.array([SIDE / 2, SIDE / 2])
    move = middle + rng.normal(0, 1.6, 2) - size @ middle
    line = strokes
    if rng.random() < 0.25:
        line = np.asarray(cv2.dilate(line, np.ones((2, 2), np.uint8)), np.uint8)
    moved = cv2.warpAffine(line, np.column_stack((size, move)), (SIDE, SIDE), flags=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(np.asarray(moved, np.float32), (0, 0), float(rng.uniform(0.4, 0.9))) / 255
    dark = rng.uniform(0.45, 0.9)
    return np.asarray(paper * (1 - dark * np.clip(soft * 1.2, 0, 1)), np.uint8)


def spoiled(one: Pictures, other: Pictures, paper: Pictures, rng: np.random.Generator) -> Pictures:
    """What no reader may take for a digit: two digits in one box, a digit struck out, a scribble."""
    kind = rng.integers(3)
    if kind == 0:
        return lay(other, lay(one, paper, rng), rng)
    marked = lay(one, paper, rng) if kind == 1 else paper.copy()
    points = rng.uniform(5, SIDE - 5, (int(rng.integers(5, 14)), 2)) if kind == 2 else _strokes(rng)
    shade = int(rng.integers(20, 110))
    thick = int(rng.integers(1, 3))
    cv2.polylines(marked, [np.rint(points * 8).astype(np.int32)], False, shade, thick, cv2.LINE_AA, 3)
    return marked


def _strokes(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Two or three lines to and fro across a box."""
    count = int(rng.integers(3, 7))
    x = np.where(np.arange(count) % 2 == 0, rng.uniform(4, 9, count), rng.uniform(23, 28, count))
    return np.column_stack((x, np.linspace(rng.uniform(9, 15), rng.uniform(17, 24), count)))


def crops(path: Path, zeros: dict[int, str]) -> tuple[Boxes, npt.NDArray[np.int64]]:
    """Boxes cut from real forms, and the number in each one's file name.

    Class 0 of that set mixes 0, X and empty boxes: `zeros` says what each of its files shows; one that it does not
    list is left out.
    """
    table = pq.read_table(path, columns=["file", "label", "jpeg"]).to_pydict()
    pictures, labels, numbers = [], [], []
    for name, digit, jpeg in zip(table["file"], table["label"], table["jpeg"], strict=True):
        number = file_number(name)
        kind = str(digit) if digit else zeros.get(number)
        if kind is None:
            continue
        seen = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        pictures.append(cv2.resize(seen, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        labels.append(CLASSES.index(kind))
        numbers.append(number)
    return Boxes(np.array(pictures, np.uint8), np.array(labels)), np.array(numbers)


def file_number(name: str) -> int:
    """The running number in a crop's file name (`0_DataSet3_017.jpg` → 17)."""
    found = re.search(r"_(\d+)\.", name)
    if not found:
        raise ValueError(f"no number in {name}")
    return int(found.group(1))
