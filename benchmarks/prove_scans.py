"""Proves that no published scan holds a byte of metadata, though its original does.

  python -m benchmarks.prove_scans --photos 1000 --seed 1

Filled pages of all seven contests are drawn and photographed, some turned on their side; each is laden with EXIF and a
place, XMP, ICC, IPTC, thumbnails, comments, a second picture and trailing bytes, as JPEG, PNG or HEIC. Each goes
through the decoder's own process and the reader, as `suara ocr` has it. What comes out is walked by
`benchmarks.metadata`.
"""

import argparse
from collections import Counter
from random import Random
from time import perf_counter
from typing import Final

import cv2
import numpy as np
from msgspec import Struct

from benchmarks import metadata, seed_images
from election import form as forms
from election.contest import CONTEST_TYPES
from election.form import Form
from ocr.evaluate.ballots import ballot, templates
from ocr.guard import Guard, gray
from ocr.reader import PageReader
from paper import specimen

TURNS: Final = (1, 3, 6, 8)
KINDS: Final = ("jpeg", "jpeg", "jpeg", "jpeg", "jpeg", "jpeg", "png", "heic")
"""Of eight photos six are JPEGs."""


class Drawn(Struct, frozen=True):
    """A photo without metadata, coded in each way."""

    form: Form
    page: int
    jpeg: bytes
    png: bytes
    pixels: object


class Found(Struct):
    """What was counted."""

    originals: int = 0
    published: int = 0
    planted: int = 0
    left: int = 0
    tokens: int = 0
    kinds: Counter[str] = Counter()
    faults: Counter[str] = Counter()


def drawn(seed: int, contests: tuple[str, ...] = tuple(CONTEST_TYPES)) -> list[Drawn]:
    """One page of each contest's form, an easy photo of each."""
    found = []
    for number, contest in enumerate(contests):
        form = forms.of(ballot(contest, templates(contest)[0], 3, 2))
        page = form.pages[min(1, len(form.pages) - 1)].number
        photo = specimen.sample(form, page, np.random.default_rng(seed + number), hardness=0.1, size=(1200, 1600))
        pixels = gray(photo.jpeg)
        small = bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])
        found.append(Drawn(form, page, photo.jpeg, small, pixels))
    return found


def original(one: Drawn, kind: str, turn: int, rng: Random) -> bytes:
    """One photo, laden, with its pixels stored so that `turn` puts them upright again."""
    if kind == "jpeg" and turn == 1:
        return metadata.laden_jpeg(one.jpeg, rng)
    back = {1: None, 3: cv2.ROTATE_180, 6: cv2.ROTATE_90_COUNTERCLOCKWISE, 8: cv2.ROTATE_90_CLOCKWISE}[turn]
    pixels = one.pixels if back is None else cv2.rotate(one.pixels, back)
    if kind == "jpeg":
        return metadata.laden_jpeg(bytes(cv2.imencode(".jpg", pixels)[1]), rng, turn)
    if kind == "png":
        flat = one.png if turn == 1 else bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])
        return metadata.laden_png(flat, rng, turn)
    return metadata.laden_heic(pixels, rng, turn)


def prove(photos: int, seed: int, contests: tuple[str, ...] = tuple(CONTEST_TYPES)) -> Found:
    """Load, read and walk so many photos."""
    rng, found, sources = Random(seed), Found(kinds=Counter(), faults=Counter()), drawn(seed, contests)
    kinds = [kind for kind in KINDS if kind != "heic" or seed_images.has_heic()]
    with Guard() as guard:
        reader = PageReader(guard)
        for number in range(photos):
            one, kind = sources[number % len(sources)], kinds[number % len(kinds)]
            data = original(one, kind, TURNS[rng.randrange(len(TURNS))] if number % 3 == 0 else 1, rng)
            read = reader.read(data, one.form, one.page)
            found.originals += 1
            found.kinds[kind] += 1
            found.planted += data.count(metadata.TOKEN)
            if read.rendition is None:
                found.faults[read.fault or "-"] += 1
                continue
            found.published += 1
            found.left += metadata.extra(read.rendition)
            found.tokens += read.rendition.count(metadata.TOKEN)
    return found


def main() -> int:
    """Run, and say what was found; 1 where anything is left or a photo is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began = perf_counter()
    found = prove(args.photos, args.seed)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.kinds.items()))
    print(f"{found.originals} originals ({kinds}) with {found.planted} planted blocks of metadata")
    print(f"{found.published} published scans; {found.left} bytes of metadata left, {found.tokens} planted tokens left")
    if found.faults:
        print(f"without a picture: {dict(found.faults)}")
    print(f"{perf_counter() - began:.0f} s")
    return int(bool(found.left or found.tokens or found.published < found.originals))


if __name__ == "__main__":
    raise SystemExit(main())
