"""Reading a photographed page, bytes to scores, beside the pipeline that one would write first.

  python benchmarks/bench_ocr.py [--photos 24] [--rounds 5] [--json FILE]

Both arms read the same photos of 1800 × 2400 pixels in turn, a third of them of each page of the presidential form;
CPU time, medians over rounds of the mean over photos, so that neighbours on the machine change little.

"Bytes to scores" is everything between a JPEG in memory and the bytes of its score artefact: decoding, finding the
page, aligning its fields, cutting out boxes, bubbles and the sums of tally rows, the network in batches of eight pages,
quantised scores. The public's masked picture is made of the same pixels and counted apart; so is what the sandbox of
the decoder costs beyond decoding in this process, its child's CPU time included.

The naive arm decodes in colour, looks for the tag at full size with the library's settings, straightens the whole
page, cuts boxes out of it and runs the same network box by box. It has no bubbles, tally rows or masked picture.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from election import form
from election.contest import ADM, SUARA, Choice, Contest
from election.decode import decode
from election.scores import decode as scores_of
from ocr import register
from ocr.boxes import SIDE
from ocr.digits import default
from ocr.guard import Guard
from ocr.reader import PageReader, Request
from ocr.worker import BATCH
from paper import specimen

FORM = form.load("c_hasil_ppwp_2024")
SIZE = (1800, 2400)
CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), FORM.name)
SCALE = 3.0
HARDNESS = 0.2
RENDITION: Final = "rendition"


def main() -> None:
    """Draw the photos, let both arms read them in turn, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    photos = drawn(args.photos)
    results = measure(photos, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    print("## Reading a page, beside a naive pipeline\n")
    size = np.mean([len(photo) for photo in photos]) / 1000
    print(f"{args.photos} photos of {SIZE[0]} × {SIZE[1]} ({size:.0f} KB), one thread, batches of {BATCH}.\n")
    print("| what | CPU ms a page | pages/s a core |\n| --- | ---: | ---: |")
    for name, value in results.items():
        rate = f"{1000 / value:.0f}" if ":" in name else ""
        print(f"| {name} | {value:.2f} | {rate} |")


def drawn(count: int) -> list[bytes]:
    """Photos that can be read, page after page; the same ones in every run."""
    rng, reader = np.random.default_rng(1), PageReader()
    photos: list[bytes] = []
    while len(photos) < count:
        photo = specimen.sample(FORM, len(photos) % 3 + 1, rng, HARDNESS, figures(), size=SIZE).jpeg
        if reader.read(photo, FORM).scores:
            photos.append(photo)
    return photos


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
    """CPU ms a page, of both arms, of each stage and of the sandbox; and of decoding a block."""
    found: list[dict[str, float]] = []
    with Guard() as guard:
        for _ in range(rounds + 1):
            stages = suara(photos)
            start = time.process_time()
            for photo in photos:
                naive(photo)
            spent = time.process_time() - start
            found.append(arms(stages, sandboxed(photos, guard), spent, len(photos)))
    warm = found[1:]  # the first round compiles and loads
    return {name: statistics.median(one[name] for one in warm) for name in warm[0]} | joint(photos[:3])


def arms(stages: dict[str, float], guarded: float, naively: float, photos: int) -> dict[str, float]:
    """The table's rows, in ms a page."""
    total, rendition = sum(stages.values()), stages[RENDITION]
    rows = {
        "suara: bytes to scores": total - rendition,
        "suara: bytes to scores and masked picture": total,
        "suara: the same, decoded in the sandbox": total - stages["decode"] + guarded,
        "naive: bytes to scores": naively,
        **{f"— {stage}": spent for stage, spent in stages.items()},
    }
    return {name: spent / photos * 1000 for name, spent in rows.items()}


def suara(photos: list[bytes]) -> dict[str, float]:
    """CPU seconds of each stage over all photos, in batches."""
    stages: dict[str, float] = {}

    def timed(stage: str, seconds: float) -> None:
        stages[stage] = stages.get(stage, 0.0) + seconds

    reader = PageReader(clock=time.process_time)
    for batch in batches(photos):
        assert all(reading.scores for reading in reader.read_many(batch, timed))
    return stages


def batches(photos: list[bytes]) -> Iterator[list[Request]]:
    """Photos as the worker takes them."""
    for start in range(0, len(photos), BATCH):
        yield [Request(photo, FORM) for photo in photos[start : start + BATCH]]


def sandboxed(photos: list[bytes], guard: Guard) -> float:
    """CPU seconds of decoding all photos in a process of its own: ours and the child's."""
    child = clock_of(guard.pid)
    ours, theirs = time.process_time(), child()
    for photo in photos:
        guard.gray(photo)
    return time.process_time() - ours + child() - theirs


def clock_of(pid: int) -> Callable[[], float]:
    """CPU seconds that a process has used, in all its threads."""
    return lambda: time.clock_gettime(~pid << 3 | 2)  # the kernel's number for the clock of another process


def joint(photos: list[bytes]) -> dict[str, float]:
    """CPU ms of decoding each block of a record."""
    reader = PageReader()
    pages = [scores_of(reader.read(photo, FORM).scores or b"") for photo in photos]
    spent: dict[str, list[float]] = {}
    for block, some in ((SUARA, pages[1:]), (ADM, pages[:1])):
        for _ in range(20):
            start = time.process_time()
            assert block in decode(CONTEST, some)
            spent.setdefault(f"joint decoding of {block}", []).append(time.process_time() - start)
    return {name: statistics.median(times) * 1000 for name, times in spent.items()}


def naive(photo: bytes) -> list[np.ndarray]:
    """The pipeline that one would write first."""
    image = cv2.imdecode(np.frombuffer(photo, np.uint8), cv2.IMREAD_COLOR)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    _, tags, _ = cv2.aruco.ArucoDetector(dictionary).detectMarkers(grey)
    page = FORM.page_of_tag(int(tags.ravel()[0])) if tags is not None else FORM.pages[0]
    place = homography(photo, grey)
    width, height = (round(side * SCALE) for side in FORM.page_size_mm)
    flat = cv2.warpPerspective(grey, np.diag([SCALE, SCALE, 1]) @ np.linalg.inv(place), (width, height))
    scores = []
    for field in page.fields:
        for box in field.boxes:
            x0, y0, x1, y1 = (round(side * SCALE) for side in box)
            picture = cv2.resize(flat[y0 - 5 : y1 + 5, x0 - 5 : x1 + 5], (SIDE, SIDE))
            scores.append(default().read(picture[None].astype(np.float32)))
    return scores


_PLACES: dict[bytes, np.ndarray] = {}


def homography(photo: bytes, grey: np.ndarray) -> np.ndarray:
    """Ours, found once and not on the naive arm's time: its own four points would be too far off to read anything."""
    if photo not in _PLACES:
        _PLACES[photo] = register.register(grey, FORM).homography
    return _PLACES[photo]


if __name__ == "__main__":
    main()
