"""A photo at several sizes, each made once. Decoding it is the work of `guard`."""

import cv2
import numpy as np

from ocr.guard import Gray


class Photo:
    """A photo and its reduced copies, each made once: halves of halves, and what is asked for from the next larger."""

    def __init__(self, full: Gray) -> None:
        self.full = full
        self.side = max(full.shape)
        self._halves = {1.0: full}
        self._copies: dict[float, Gray] = {}

    def at(self, scale: float) -> Gray:
        """The photo reduced to `scale` of its size, at most 1."""
        if scale >= 1.0:
            return self.full
        if scale not in self._copies:
            near = 1.0
            while near / 2 >= scale:
                if near / 2 not in self._halves:
                    self._halves[near / 2] = shrunk(self._halves[near], 0.5)
                near /= 2
            self._copies[scale] = shrunk(self._halves[near], scale / near)
        return self._copies[scale]


def shrunk(image: Gray, scale: float) -> Gray:
    """`image` at `scale` of its size, every pixel the mean of what it covers; itself where `scale` is 1 or more."""
    if scale >= 1.0:
        return image
    size = tuple(round(side * scale) for side in image.shape[::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
