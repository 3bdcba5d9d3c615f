"""Photographing a page: a table, a camera held by hand, light that is not even, a lens, a sensor, JPEG.

Everything comes from the generator that is passed in. `hardness` runs from 0 (a scan, nearly) to 1 (a bad photo).
The truth of where the page lies is given as a homography; the curl of the paper, up to a few pixels, is not in it.
"""

from functools import cache

import cv2
import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from . import sheet

SIZE = (1500, 2250)
"""Width and height in pixels of a photo held upright."""

LARGEST = 300_000
"""Bytes of a photo."""

COARSE = 16  # light, background and curl are computed on every 16th pixel
UNIT = 200  # this value in the light's map leaves a pixel as it is

TABLES = ((58, 84, 118), (92, 118, 150), (44, 56, 72), (150, 152, 150), (112, 92, 74), (176, 184, 190), (70, 96, 62))
"""BGR of what lies beneath: woods, dark wood, concrete, cloth, tiles, a green cloth."""


class Photo(Struct, frozen=True):
    """A photo of one page and where the page lies in it."""

    jpeg: bytes
    homography: NDArray[np.float64]  # 3×3, mm on the page -> pixel (x, y), whole numbers at the centres of pixels
    size: tuple[int, int]  # width, height


def photograph(
    raster: NDArray[np.uint8],
    rng: Generator,
    hardness: float = 0.4,
    size: tuple[int, int] = SIZE,
    scale: float = sheet.SCALE,
) -> Photo:
    """A JPEG of a page as a phone would take it.

    Args:
        raster: BGR, shape (height, width, 3), of `fill`.
        rng: decides everything; the same state gives the same bytes.
        hardness: 0 to 1.
        size: width and height of the photo; swapped where the phone was held sideways.
        scale: pixels per mm of `raster`.
    """
    page = _folded(raster, rng, hardness)
    view = _view(page.shape[1], page.shape[0], size, rng, hardness)
    image = _table(view, page.shape[1], page.shape[0], size, rng)
    _lay(page, image, view, rng, hardness)
    image = _lens(image, rng, hardness)
    cv2.multiply(image, _light(size, rng, hardness), dst=image, scale=1 / UNIT)
    image = _sensor(image, rng, hardness)
    image, turn = _turned(image, rng, hardness)
    quality = int(np.clip(rng.normal(68 - 12 * hardness, 5), 40, 78))
    to_raster = np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])
    truth = turn @ view @ to_raster
    return Photo(_jpeg(image, quality), truth / truth[2, 2], (image.shape[1], image.shape[0]))


def _jpeg(image: NDArray[np.uint8], quality: int) -> bytes:
    """The picture as JPEG; a grainy one at lower quality, as phones do to keep files small."""
    while True:
        data: bytes = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= LARGEST or quality <= 20:
            return data
        quality -= 12


def _folded(raster: NDArray[np.uint8], rng: Generator, hardness: float) -> NDArray[np.uint8]:
    """The paper was folded to be carried: two or three creases, lighter on one side, darker on the other."""
    page = raster.copy()
    height, width = page.shape[:2]
    for axis, length in ((0, height), (1, width)):
        for part in (0.25, 0.5, 0.75):
            if rng.random() > 0.25 + 0.4 * hardness:
                continue
            at = int(length * (part + rng.normal(0, 0.012)))
            for k, gain in ((0, 0.99 - 0.05 * hardness), (2, 0.985 - 0.1 * hardness)):
                band = page[at + k : at + k + 2] if axis == 0 else page[:, at + k : at + k + 2]
                band[:] = np.minimum(255, band * gain)
    return page


def _view(width: int, height: int, size: tuple[int, int], rng: Generator, hardness: float) -> NDArray[np.float64]:
    """The camera: raster pixel -> photo pixel. The whole page stays within the picture."""
    yaw, pitch = rng.normal(0, 0.015 + 0.12 * hardness, 2).clip(-0.4, 0.4)
    roll = float(np.clip(rng.normal(0, 0.006 + 0.045 * hardness), -0.2, 0.2))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    flat = np.column_stack((corners - [width / 2, height / 2], np.zeros(4))) / height
    turned = flat @ _rotation(yaw, pitch, roll).T
    seen = turned[:, :2] / (1.25 + turned[:, 2:]) * 1.25
    low, high = seen.min(0), seen.max(0)
    fit = rng.uniform(0.985 - 0.13 * hardness - 0.03, 0.985) * float((np.array(size) / (high - low)).min())
    slack = np.array(size) - (high - low) * fit
    shift = slack * rng.uniform(0.3, 0.7, 2)
    target = (seen - low) * fit + shift
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))


def _rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for (a, b), angle in (((0, 2), yaw), ((1, 2), pitch), ((0, 1), roll)):
        turn = np.eye(3)
        turn[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        matrix = turn @ matrix
    return matrix


def _table(
    view: NDArray[np.float64], width: int, height: int, size: tuple[int, int], rng: Generator
) -> NDArray[np.uint8]:
    """What the page lies on, with the page's shadow, drawn small and enlarged."""
    w, h = size[0] // COARSE * 2, size[1] // COARSE * 2
    grain = rng.normal(0, 1, (h, max(2, w // 24)))
    streaks = cv2.resize(grain, (w, h), interpolation=cv2.INTER_CUBIC) * rng.uniform(2, 9)
    streaks += rng.normal(0, rng.uniform(1, 4), (h, w))
    if rng.random() < 0.5:
        streaks = cv2.resize(np.ascontiguousarray(streaks.T), (w, h))
    colour = np.array(TABLES[int(rng.integers(len(TABLES)))]) * rng.uniform(0.8, 1.15)
    ground = colour + streaks[:, :, None]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    outline = cv2.perspectiveTransform(corners, view)[0] * (w / size[0]) + rng.uniform(-2, 3, 2)
    shade = cv2.fillConvexPoly(np.zeros((h, w), np.float32), outline.astype(np.int32), 1.0)
    ground *= 1 - 0.5 * cv2.GaussianBlur(shade, (0, 0), 3)[:, :, None]
    return cv2.resize(ground.clip(0, 255).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)


def _lay(
    page: NDArray[np.uint8], image: NDArray[np.uint8], view: NDArray[np.float64], rng: Generator, hardness: float
) -> None:
    """Lays the page upon the table, curled where it is hard."""
    size = (image.shape[1], image.shape[0])
    if rng.random() > hardness:
        cv2.warpPerspective(page, view, size, image, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
        return
    w, h = -(-size[0] // COARSE), -(-size[1] // COARSE)
    # OpenCV enlarges between centres of pixels: the coarse ones lie at 7.5, 23.5, …
    x, y = np.meshgrid(np.arange(w) * COARSE + (COARSE - 1) / 2, np.arange(h) * COARSE + (COARSE - 1) / 2)
    at = np.stack((x, y), axis=-1)
    for axis in (0, 1):
        wave = rng.uniform(-2.5, 2.5, 2) / max(size)
        at[..., axis] += rng.uniform(0.5, 4) * hardness * np.sin(2 * np.pi * (at @ wave) + rng.uniform(0, 6))
    nodes = cv2.perspectiveTransform(at, np.linalg.inv(view)).astype(np.float32)
    full = cv2.resize(nodes, (w * COARSE, h * COARSE))[: size[1], : size[0]]
    cv2.remap(page, full, None, cv2.INTER_LINEAR, image, cv2.BORDER_TRANSPARENT)


def _lens(image: NDArray[np.uint8], rng: Generator, hardness: float) -> NDArray[np.uint8]:
    """Out of focus, and now and then moved."""
    image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.35, 0.5 + 0.9 * hardness)))
    if rng.random() < 0.3 * hardness:
        length = rng.uniform(2, 3 + 5 * hardness)
        angle = rng.uniform(0, np.pi)
        kernel = np.zeros((11, 11), np.float32)
        reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        a, b = (tuple(np.rint((5 + sign * reach) * 16).astype(int).tolist()) for sign in (-1, 1))
        cv2.line(kernel, a, b, 1.0, 1, cv2.LINE_AA, 4)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    return image


def _light(size: tuple[int, int], rng: Generator, hardness: float) -> NDArray[np.uint8]:
    """Gain of every pixel and colour, `UNIT` = 1: a gradient, vignetting, a cast, perhaps somebody's shadow."""
    w, h = size[0] // COARSE, size[1] // COARSE
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    angle = rng.uniform(0, 2 * np.pi)
    light = rng.uniform(0.88, 1.0) - 0.05 * hardness
    light = light + (0.03 + 0.16 * hardness) * rng.random() * (np.cos(angle) * x + np.sin(angle) * y)
    light *= 1 - (0.03 + 0.14 * hardness) * rng.random() * (x**2 + y**2) / 2
    if rng.random() < 0.7 * hardness:
        angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.5) * (0.4 + 0.6 * hardness)
        bow = 0.15 * np.sin(2.2 * (x * np.sin(angle) - y * np.cos(angle)) + rng.uniform(0, 6))
        edge = (np.cos(angle) * x + np.sin(angle) * y + bow - rng.uniform(0, 0.9)) / rng.uniform(0.02, 0.25)
        light *= 1 - depth / (1 + np.exp(-edge.clip(-30, 30)))
    warmth = rng.normal(0.02, 0.02 + 0.03 * hardness)
    cast = np.array([1 - warmth, 1 + rng.normal(0, 0.008), 1 + warmth * 0.6])
    small = (light[:, :, None] * cast * UNIT).clip(0, 255).astype(np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def _sensor(image: NDArray[np.uint8], rng: Generator, hardness: float) -> NDArray[np.uint8]:
    """Noise, and blacks that are not quite black."""
    grain = _grain((image.shape[1], image.shape[0]))
    dx, dy = rng.integers(0, 64, 2)
    part = grain[dy : dy + image.shape[0], dx : dx + image.shape[1]]
    strength = rng.uniform(0.04, 0.08 + 0.16 * hardness)
    haze = rng.uniform(4, 10 + 22 * hardness)
    return cv2.addWeighted(image, 1 - haze / 255, part, strength, haze - 128 * strength)


@cache
def _grain(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Noise around 128, made once: drawing ten million numbers for each photo would take longer than the rest."""
    noise = np.random.default_rng(0).standard_normal((size[1] + 64, size[0] + 64, 3), np.float32)
    return (cv2.GaussianBlur(noise, (0, 0), 0.6) * 48 + 128).clip(0, 255).astype(np.uint8)


def _turned(image: NDArray[np.uint8], rng: Generator, hardness: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Sometimes the phone was held sideways, or upside down."""
    turns = int(rng.choice(4, p=[1 - 0.12 * hardness, 0.05 * hardness, 0.02 * hardness, 0.05 * hardness]))
    matrix = np.eye(3)
    for _ in range(turns):
        height = image.shape[0]
        image = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE)
        matrix = np.array([[0, -1, height - 1], [1, 0, 0], [0, 0, 1.0]]) @ matrix
    return image, matrix
