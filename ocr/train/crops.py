"""Boxes cut from real forms of 2024, with what was found out about their labels. The files lie elsewhere."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from msgspec import Struct

from election.scores import CLASSES
from ocr.boxes import SIDE

COLOUR = 38
"""Pixels a side of a crop as it is kept for training, in colour: cameras differ in how blue turns grey."""


class Crops(Struct, frozen=True):
    """Real boxes: colour uint8[n, 38, 38, 3] (BGR), seen uint8[n, 32, 32] as `ocr eval crops` shows them to the
    network, classes int64[n], and the number in each one's file name."""

    colour: npt.NDArray[np.uint8]
    seen: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]

    def where(self, keep: npt.NDArray[np.generic]) -> "Crops":
        """Those that a mask or a list of rows picks."""
        return Crops(self.colour[keep], self.seen[keep], self.labels[keep], self.numbers[keep])


def load(path: Path) -> Crops:
    """All crops whose class is known.

    Class 0 of that set mixes 0, X and empty boxes: `zeros.json` says what each of its files shows, and one that it
    does not list is left out. `doubts.json` corrects labels of other classes, or drops them (null); it names none of
    the part that is held out.
    """
    here = Path(__file__).parent
    zeros = {n: kind for kind, numbers in json.loads((here / "zeros.json").read_text()).items() for n in numbers}
    doubts = json.loads((here / "doubts.json").read_text())
    table = pq.read_table(path, columns=["file", "label", "jpeg"]).to_pydict()
    rows = []
    for name, digit, jpeg in zip(table["file"], table["label"], table["jpeg"], strict=True):
        number = file_number(name)
        kind = doubts.get(str(digit), {}).get(str(number), str(digit)) if digit else zeros.get(number)
        if kind is None:
            continue
        grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        colour = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        if grey is None or colour is None:
            raise ValueError(f"{name} is no picture")
        rows.append((_sized(colour, COLOUR), _sized(grey, SIDE), CLASSES.index(kind), number))
    colours, seen, labels, numbers = zip(*rows, strict=True)
    return Crops(np.array(colours), np.array(seen), np.array(labels), np.array(numbers))


def file_number(name: str) -> int:
    """The running number in a crop's file name (`0_DataSet3_017.jpg` → 17)."""
    found = re.search(r"_(\d+)\.", name)
    if not found:
        raise ValueError(f"no number in {name}")
    return int(found.group(1))


def emptied(crops: Crops) -> npt.NDArray[np.uint8]:
    """The boxes without what was written in them, uint8[m, 38, 38]: real paper, outline and light to write upon.

    What is darker than the paper inside the box is painted over from around it; where much stays dark (a pen that
    crossed the outline, a dark crop), the box is left out.
    """
    found = []
    inside = slice(7, COLOUR - 7)
    for colour in crops.colour:
        grey = np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), np.uint8)
        middle = grey[inside, inside]
        paper = float(np.percentile(middle, 75))
        dark = np.zeros_like(grey)
        dark[inside, inside] = middle < paper - max(10.0, 0.08 * paper)
        clean = cv2.inpaint(grey, cv2.dilate(dark, np.ones((3, 3), np.uint8)), 3, cv2.INPAINT_TELEA)
        if float(clean[inside, inside].std()) < 0.04 * paper:
            found.append(clean)
    return np.array(found, np.uint8)


def _sized(picture: cv2.typing.MatLike, side: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
