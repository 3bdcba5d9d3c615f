"""The process that decodes: takes the parts of a photo out of shared memory, puts grey pixels there, answers one byte.

It is started by `process.Guard` with an empty environment, three pipes' ends and the shared memory, gives up all else,
and knows nothing of forms, journals or where photos come from.
"""

import mmap
import os
import signal
import struct
import sys
from typing import Final

import cv2
import numpy as np

from ocr import heap
from ocr.fault import DamagedImage
from ocr.guard.decode import decode
from ocr.guard.photo import MAX_BYTES, MAX_PIXELS, Gray, Kind
from ocr.guard.sandbox import close_off

KINDS: Final[tuple[Kind, ...]] = ("jpeg", "png", "heic")
REQUEST: Final = struct.Struct("=IIIBB2x")
"""Bytes of the parts, height and width of the upright picture, place in KINDS, EXIF orientation."""

PIXELS_AT: Final = -(-MAX_BYTES // mmap.PAGESIZE) * mmap.PAGESIZE
SIZE: Final = PIXELS_AT + MAX_PIXELS
"""The shared memory: parts from 0 on, pixels from PIXELS_AT on."""

DONE: Final = b"\0"
DAMAGED: Final = b"\1"
_OWN, _MAPPED = 3, 64
"""Descriptors that we were started with; how many more the map may have taken."""

WORDS: Final = 200
"""Bytes of the greeting: what could not be given up, padded with spaces."""


def main(descriptor: int, parent: int, memory: int, seconds: float) -> None:
    """Serve until the pipe is closed. `seconds` of CPU a picture; the kernel ends us if one takes longer."""
    heap.keep()
    cv2.setNumThreads(1)
    shared = np.frombuffer(mmap.mmap(descriptor, SIZE), np.uint8)
    os.closerange(_OWN, descriptor + _MAPPED)  # the map keeps a copy of its own, which nothing needs
    left = close_off(parent, memory)
    os.write(1, left.encode()[:WORDS].ljust(WORDS))
    while request := os.read(0, REQUEST.size):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = _answer(shared, *REQUEST.unpack(request))
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(1, answer)


def _answer(shared: Gray, size: int, height: int, width: int, kind: int, turn: int) -> bytes:
    upright = shared[PIXELS_AT : PIXELS_AT + height * width].reshape(height, width)
    try:
        np.copyto(upright, decode(KINDS[kind], shared[:size].data, turn, upright.shape))
    except DamagedImage:
        return DAMAGED
    return DONE


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
