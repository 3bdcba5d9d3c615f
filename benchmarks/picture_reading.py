"""Draws the pictures of docs/reading.md again, and prints its table.

A form of our own, photographed under hardship, and what reading saw in it:

  python -m benchmarks.picture_reading [--seed 6] [--out docs/reading]

The figures are those of a form that was published as 90, 160 and 60 although its bubbles say 110 and 10 and its sum
210. Places, hand and signatures are invented; signatures are covered all the same, as in every public picture.
"""

import argparse
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from election import form as forms
from ocr.evaluate.ballots import ballot
from ocr.evaluate.explain import explain
from paper import hand, specimen

OUT: Final = Path(__file__).parent.parent / "docs" / "reading"
WRITTEN: Final = {
    "paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 3, "suara_total": 213,
}  # fmt: skip
KEPT: Final = frozenset({"photo-2.jpg", "page-2.jpg", "boxes-2.png", "boxes-3.png"})
HARDSHIPS: Final = {"perspective": 0.7, "rotation": 0.35, "fold": 0.6, "shadow": 0.8, "cast": 0.5, "clutter": 0.6}
PLACE: Final = {"provinsi": "CONTOH", "kabupaten": "CONTOH", "kecamatan": "CONTOH", "kelurahan": "CONTOH", "tps": "001"}


def main() -> None:
    """Draw, photograph, explain."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    contest = ballot("ppwp", "c_hasil_ppwp_2024", 3)
    form, rng = forms.of(contest), np.random.default_rng(args.seed)
    writer = hand.invent(rng, slips=0.0)
    photos = [
        specimen.sample(form, page, rng, figures=WRITTEN, writer=writer, place=PLACE, conditions=HARDSHIPS).jpeg
        for page in (2, 3)
    ]
    with TemporaryDirectory() as folder:
        for file in explain(photos, contest, form, None, Path(folder)):
            if file.name in KEPT:
                copy(file, args.out / file.name)
            elif file.suffix == ".md":
                print(file.read_text())


if __name__ == "__main__":
    main()
