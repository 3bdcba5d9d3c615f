"""What lens, sensor and phone do to a picture: blur, noise, smearing, compression. Where things are stays as it is."""

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .picture import NEUTRAL, Picture

U8 = NDArray[np.uint8]

LARGEST = 300_000
"""Bytes of a photo of 1800×2400 or smaller: what the officers' app compresses to."""

POOREST = 30
"""The lowest JPEG quality."""


def blurred(picture: Picture, has: Mapping[str, float], rng: Generator) -> Picture:
    """Out of focus, and moved."""
    fine = picture.size[1] / 2400
    luma = cv2.GaussianBlur(picture.luma, (0, 0), fine * (rng.uniform(0.4, 0.7) + 1.6 * has.get("defocus", 0)))
    if "motion" in has:
        angle, length = rng.uniform(0, np.pi), fine * (2.5 + 6.5 * has["motion"])
        # The mean of three places, three times over: nearly as even as a pull, and far cheaper.
        for part in (1 / 3, 1 / 8, 1 / 12):
            luma = _smeared(luma, np.rint(np.array([np.cos(angle), np.sin(angle)]) * length * part).astype(int))
    return Picture(luma, picture.cb, picture.cr)


def _smeared(luma: U8, step: NDArray[np.int64]) -> U8:
    """The mean of the picture moved by `step` and by its opposite, and of itself: what is drawn stays in its place."""
    dx, dy = abs(step)
    framed = cv2.copyMakeBorder(luma, dy, dy, dx, dx, cv2.BORDER_REPLICATE)
    height, width = luma.shape

    def moved(sign: int) -> U8:
        x, y = dx + sign * step[0], dy + sign * step[1]
        return framed[y : y + height, x : x + width]

    return cv2.addWeighted(cv2.addWeighted(moved(1), 0.5, moved(-1), 0.5, 0), 0.67, luma, 0.33, 0)


def sensed(picture: Picture, has: Mapping[str, float], rng: Generator) -> Picture:
    """Noise, and blacks that are not quite black; in the dark, the denoising that smears what it takes for noise."""
    dark, screen = has.get("low_light", 0), has.get("moire", 0)
    luma = _noised(picture.luma, rng.uniform(0.03, 0.08) + 0.4 * dark, rng)
    if dark > 0.35:
        luma = cv2.medianBlur(luma, 3)
    if rng.random() < 0.6:
        luma = cv2.addWeighted(luma, 1.6, cv2.blur(luma, (3, 3)), -0.6, 0)
    haze = rng.uniform(4, 14) + 24 * dark + 26 * screen
    top = 250 - 95 * dark * rng.uniform(0.5, 1)
    # To the levels of video, which the encoder's planes have.
    luma = cv2.addWeighted(luma, (top - haze) / 255 * 219 / 255, luma, 0, haze * 219 / 255 + 16)
    paler = 1 - 0.35 * dark
    cb, cr = (
        cv2.addWeighted(_noised(plane, 0.3 * dark + 0.03, rng), paler, plane, 0, NEUTRAL * (1 - paler))
        for plane in (picture.cb, picture.cr)
        if plane is not None
    )
    return Picture(luma, cb, cr)


def _noised(plane: U8, strength: float, rng: Generator) -> U8:
    grain = _grain((plane.shape[1], plane.shape[0]))
    dx, dy = rng.integers(0, 64, 2)
    part = grain[dy : dy + plane.shape[0], dx : dx + plane.shape[1]]
    return cv2.addWeighted(plane, 1, part, strength, -128 * strength)


@cache
def _grain(size: tuple[int, int]) -> U8:
    """Noise around 128, made once: drawing millions of numbers for each photo would take longer than the rest."""
    noise = np.random.default_rng(0).standard_normal((size[1] + 64, size[0] + 64), np.float32)
    return (cv2.GaussianBlur(noise, (0, 0), 0.6) * 48 + 128).clip(0, 255).astype(np.uint8)


def compressed(image: U8, has: Mapping[str, float], rng: Generator) -> bytes:
    """The picture as JPEG; a grainy one at lower quality, as phones do to keep files small."""
    spoilt = 28 * has.get("compression", 0) + 35 * has.get("low_light", 0)
    quality = int(np.clip(rng.normal(60, 5), 48, 75) - spoilt)
    limit = LARGEST * max(1.0, image.size / 3 / (1800 * 2400))
    while True:
        data: bytes = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, max(POOREST, quality)])[1].tobytes()
        if len(data) <= limit or quality <= POOREST:
            return data
        quality -= 4 + int(60 * np.log(len(data) / limit))
