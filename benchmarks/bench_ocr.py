"""Reading a photographed page, bytes to scores, beside the pipeline that one would write first.

  python benchmarks/bench_ocr.py [--photos 12] [--rounds 3] [--json FILE]

Both arms read the same photos of 1800 × 2400 pixels in turn, on one thread; CPU time, medians over photos and rounds.
The naive arm decodes in colour, looks for the tag at full size with the library's settings, straightens the whole
page, cuts boxes out of it and runs the same network box by box. It has no corner marks, bubbles or rendition.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import cv2
import numpy as np

from election import form
from election.contest import ADM, SUARA, Choice, Contest
from election.decode import decode
from election.scores import decode as scores_of
from ocr import register
from ocr.boxes import SIDE
from ocr.digits import default
from ocr.reader import PageReader
from paper import specimen

FORM = form.load("c_hasil_ppwp_2024")
SIZE = (1800, 2400)
CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), FORM.name)
SCALE = 3.0


def main() -> None:
    """Draw the photos, let both arms read them in turn, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    photos = [specimen.sample(FORM, n % 3 + 1, rng, 0.4, figures(), size=SIZE).jpeg for n in range(args.photos)]
    cv2.setNumThreads(1)
    results = measure(photos, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    print("## Reading a page, beside a naive pipeline\n")
    size = np.mean([len(photo) for photo in photos]) / 1000
    print(f"{args.photos} photos of {SIZE[0]} × {SIZE[1]} ({size:.0f} KB), one thread.\n")
    print("| what | CPU ms a page |\n| --- | ---: |")
    for name, value in results.items():
        print(f"| {name} | {value:.2f} |")


def figures() -> dict[str, int]:
    """A record whose sums hold."""
    votes = {
        "paslon_1": 90,
        "paslon_2": 110,
        "paslon_3": 10,
        "suara_sah": 210,
        "suara_tidak_sah": 5,
        "suara_total": 215,
    }
    admin = (120, 130, 250, 100, 105, 205, 1, 2, 3, 2, 5, 7, 103, 112, 215, 255, 215, 0, 40, 0, 1, 1)
    return votes | dict(zip(CONTEST.blocks[ADM], admin, strict=True))


def measure(photos: list[bytes], rounds: int) -> dict[str, float]:
    """Medians in ms of CPU: of each stage, of both arms, and of decoding a block."""
    reader = PageReader()
    spent: dict[str, list[float]] = {}
    for _ in range(rounds):
        for photo in photos:
            stages: dict[str, float] = {}
            start = time.process_time()
            reading = reader.read(photo, FORM, stages.__setitem__)
            spent.setdefault("suara: bytes to scores and rendition", []).append(time.process_time() - start)
            for stage, seconds in stages.items():
                spent.setdefault(f"suara: {stage} (wall)", []).append(seconds)
            start = time.process_time()
            naive(photo)
            spent.setdefault("naive: bytes to scores", []).append(time.process_time() - start)
            assert reading.scores
    pages = [scores_of(reader.read(photo, FORM).scores or b"") for photo in photos[:3]]
    for block, some in ((SUARA, pages[1:]), (ADM, pages[:1])):
        for _ in range(20):
            start = time.process_time()
            assert block in decode(CONTEST, some)
            spent.setdefault(f"joint decoding: {block}", []).append(time.process_time() - start)
    return {name: statistics.median(times) * 1000 for name, times in spent.items()}


def naive(photo: bytes) -> list[np.ndarray]:
    """The pipeline that one would write first."""
    image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    _, tags, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(grey)
    page = FORM.page_of_tag(int(tags.ravel()[0])) if tags is not None else FORM.pages[0]
    place = register.register(grey, FORM).homography  # its own four points would be too far off to read anything
    width, height = (round(side * SCALE) for side in FORM.page_size_mm)
    flat = cv2.warpPerspective(grey, np.diag([SCALE, SCALE, 1]) @ np.linalg.inv(place), (width, height))
    scores = []
    for field in page.fields:
        for box in field.boxes:
            x0, y0, x1, y1 = (round(side * SCALE) for side in box)
            picture = cv2.resize(flat[y0 - 5 : y1 + 5, x0 - 5 : x1 + 5], (SIDE, SIDE))
            scores.append(default().read(picture[None].astype(np.float32)))
    return scores


if __name__ == "__main__":
    main()
