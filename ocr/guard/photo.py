"""What a header says of a photo, and how much of a photo we take. Reading headers is for jpeg, png and heic."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
from msgspec import Struct

MAX_BYTES = 8_000_000
MAX_PIXELS = 25_000_000
MIN_SIDE = 64
MAX_SIDE = 16_384
"""Panoramas of 25 megapixels have less; OpenCV cannot warp pictures of more than twice that."""

Gray = npt.NDArray[np.uint8]
Kind = Literal["jpeg", "png", "heic"]


class Photo(Struct, frozen=True):
    """A photo by its header alone. `width` and `height` are those of the stored pixels."""

    kind: Kind
    width: int
    height: int
    parts: tuple[slice, ...]
    """The bytes that pixels are made of; names, places, thumbnails, colour profiles lie between them."""

    head: bytes = b""
    """What we write in front of the parts, where a file without its other parts needs a new table of contents."""

    turn: int = 1
    """EXIF orientation, 1 to 8: how the stored pixels are to be turned to stand upright."""

    @property
    def size(self) -> int:
        """Bytes that are handed to the decoder."""
        return len(self.head) + sum(part.stop - part.start for part in self.parts)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture that comes out."""
        return (self.width, self.height) if self.turn > 4 else (self.height, self.width)


def joined(parts: Iterable[tuple[int, int]]) -> tuple[slice, ...]:
    """Parts in file order, neighbours made one."""
    merged: list[list[int]] = []
    for start, stop in parts:
        if merged and merged[-1][1] == start:
            merged[-1][1] = stop
        else:
            merged.append([start, stop])
    return tuple(slice(start, stop) for start, stop in merged)
