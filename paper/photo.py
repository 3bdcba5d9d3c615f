"""Photographing a page: laid on a table, seen by a camera, lit, blurred, noised, compressed.

Everything comes from the generator that is passed in. What makes a photo hard has names (`condition`); they are
drawn by `hardness`, or asked for. The truth of where the page lies is exact, whatever bends it: `Photo.view`.
"""

from collections.abc import Iterable, Mapping
from functools import cache

import cv2
import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Rect

from . import condition, light, relief, scene, sheet, view
from .picture import COARSE, NEUTRAL, Picture, coarse
from .view import View

U8 = NDArray[np.uint8]
F8 = NDArray[np.float64]

SIZE = (1500, 2250)
"""Width and height in pixels of a photo held upright."""

LARGEST = 300_000
"""Bytes of a photo of `SIZE` or a little larger: what the officers' app compresses to."""

SQUARE = 16
"""Geometry and light are worked out for squares of this many pixels."""


class Photo(Struct, frozen=True):
    """A photo of one page and where the page lies in it."""

    jpeg: bytes
    view: View
    size: tuple[int, int]  # width, height
    conditions: dict[str, float]  # hardship -> strength
    covered: U8 | None = None  # where a hand lies on the page, at the size of colour, before the picture's turn

    @property
    def homography(self) -> F8:
        """3×3, mm on the page -> pixel (x, y), whole numbers at the centres of pixels; a bent page's plane."""
        return self.view.homography

    def shows(self, points: F8) -> NDArray[np.bool_]:
        """Whether points float64[n, 2], mm on the page, are in the picture and under no hand."""
        at = np.rint(self.view.where(points))
        inside = np.all((at >= 0) & (at < self.size), axis=-1, keepdims=False)
        if self.covered is None:
            return inside
        before = view.projected(np.linalg.inv(self.view.turn), at)
        height, width = self.covered.shape
        column, row = (before // COARSE).astype(int).clip(0, (width - 1, height - 1)).T
        return inside & (self.covered[row, column] < 64)


def photograph(
    page: Picture | U8,
    rng: Generator,
    hardness: float = 0.4,
    size: tuple[int, int] = SIZE,
    scale: float = sheet.SCALE,
    conditions: Mapping[str, float] | None = None,
    tags: Iterable[Rect] = (),
) -> Photo:
    """A JPEG of a page as a phone would take it.

    Args:
        page: of `fill`, or BGR, shape (height, width, 3).
        rng: decides everything; the same state gives the same bytes.
        hardness: 0 to 1; what is not a condition by name does not depend on it.
        size: width and height of the photo, made even; swapped where the phone was held sideways.
        scale: pixels per mm of `page`.
        conditions: exactly these hardships, name -> strength, whatever the hardness.
        tags: where the page's tags are, for a hand that covers them.

    Raises:
        UnknownCondition: a condition that there is not.
    """
    page = page if isinstance(page, Picture) else Picture.of(page)
    size = (size[0] // 2 * 2, size[1] // 2 * 2)
    has = condition.drawn(hardness, rng) if conditions is None else condition.checked(conditions)
    mm = (page.size[0] / scale, page.size[1] / scale)
    creases = relief.creased(mm, has["fold"], rng) if "fold" in has else []
    seen = _view(mm, size, has, creases, rng)
    at = view.nodes(size, SQUARE)
    on_sheet = seen.back_before_turn(at)
    photo = _laid(_creased(page, mm, scale, creases, rng), on_sheet, scale, size, seen, has, rng)
    photo, covered = _covered(photo, seen, list(tags), has, rng)
    photo = _sharpness(photo, has, rng)
    photo = _lit(photo, at, on_sheet, seen, has, rng)
    photo = _sensed(photo, has, rng)
    image = _turned(photo.encoded(), seen)
    return Photo(_jpeg(image, has, rng), seen, (image.shape[1], image.shape[0]), has, covered)


def _view(
    mm: tuple[float, float],
    size: tuple[int, int],
    has: Mapping[str, float],
    creases: list[tuple[F8, float]],
    rng: Generator,
) -> View:
    tilt = 0.015 + 0.3 * has.get("perspective", 0)
    yaw, pitch = rng.normal(0, tilt / 2, 2).clip(-0.5, 0.5)
    if has.get("perspective", 0) > 0.6:
        yaw += np.copysign(0.1, yaw)
    roll = rng.normal(0, 0.01 + 0.06 * has.get("perspective", 0))
    if "rotation" in has:
        roll += np.radians(45 * has["rotation"] * rng.uniform(0.5, 1)) * rng.choice([-1, 1])
    zoom = rng.uniform(0.93, 0.98) - 0.4 * has.get("far", 0) * rng.uniform(0.5, 1)
    shift = rng.uniform(0.35, 0.65, 2) if "far" not in has else rng.uniform(0.1, 0.9, 2)
    bent = any(name in has for name in ("fold", "curl", "crumple"))
    plane, rise = view.camera(mm, size, (yaw, pitch, roll), zoom, (float(shift[0]), float(shift[1])))
    plane = _cut(plane, mm, size, has.get("cut", 0), rng)
    turns = int(rng.integers(1, 4)) if "turned" in has else 0
    return View(
        plane=plane,
        rise=rise,
        turn=view.quarter_turned(size, turns),
        centre=((size[0] - 1) / 2, (size[1] - 1) / 2),
        radius=float(np.hypot(*size) / 2),
        bend=-0.05 * has["lens"] * rng.uniform(0.4, 1) if "lens" in has else 0.0,
        relief=relief.shaped(mm, creases, has.get("curl", 0), has.get("crumple", 0), rng) if bent else None,
    )


def _cut(plane: F8, mm: tuple[float, float], size: tuple[int, int], strength: float, rng: Generator) -> F8:
    """Moves the page until one corner of it lies outside the picture, the farther the stronger."""
    if not strength:
        return plane
    corner = np.array([rng.integers(2), rng.integers(2)])
    seen = view.projected(plane, np.array([corner * mm]))[0]
    away = (corner * 2 - 1) * np.array(size) * (0.05 + 0.13 * strength * rng.uniform(0.4, 1, 2))
    move = corner * size + away - seen
    return np.array([[1, 0, move[0]], [0, 1, move[1]], [0, 0, 1]]) @ plane


def _creased(
    page: Picture, mm: tuple[float, float], scale: float, creases: list[tuple[F8, float]], rng: Generator
) -> Picture:
    """Along a crease the surface is broken: a thin line, lighter and darker."""
    if not creases:
        return page
    luma = page.luma.copy()
    for line, steep in creases:
        normal, along = line[:2], np.array([-line[1], line[0]])
        length = np.arange(-1.2, 1.2, 0.01)[:, None] * max(mm)
        points = (normal * line[2] + along * length + rng.normal(0, 0.25, (len(length), 2))) * scale
        for move, part in ((-0.35, 0.55), (0.35, 0.8)):
            moved = np.rint((points + normal * move * scale) * 16).astype(np.int32)
            shade = int(np.clip(235 - 900 * abs(steep) * part, 140, 235))
            cv2.polylines(luma, [moved], False, shade, 1, cv2.LINE_AA, 4)
    return Picture(luma, page.cb, page.cr)


def _laid(
    page: Picture,
    on_sheet: F8,
    scale: float,
    size: tuple[int, int],
    seen: View,
    has: Mapping[str, float],
    rng: Generator,
) -> Picture:
    """The page upon its surroundings."""
    mm = np.array(page.size) / scale
    corners = seen.where(np.array([[0, 0], [mm[0], 0], mm, [0, mm[1]]]))
    corners = view.projected(np.linalg.inv(seen.turn), corners)
    luma, cb, cr = scene.scene(size, corners, has.get("clutter", 0), rng)
    raster = (on_sheet * scale - 0.5).astype(np.float32)
    view.laid(page.luma, raster, SQUARE, luma)
    # A coarse pixel's centre lies in the middle of its square, on either side of the map.
    raster = (raster - np.float32((COARSE - 1) / 2)) / np.float32(COARSE)
    for plane, tint in ((cb, page.cb), (cr, page.cr)):
        paper = np.full(coarse(page.size)[::-1], NEUTRAL, np.uint8) if tint is None else tint
        view.laid(paper, raster, SQUARE // COARSE, plane)
    return Picture(luma, cb, cr)


def _covered(
    picture: Picture, seen: View, tags: list[Rect], has: Mapping[str, float], rng: Generator
) -> tuple[Picture, U8 | None]:
    strength = has.get("covered_tag", 0)
    hidden = np.zeros(coarse(picture.size)[::-1], np.uint8)
    if not strength or not tags:
        return picture, None
    unturned = np.linalg.inv(seen.turn)
    for tag in tags if strength >= 0.5 else [tags[int(rng.integers(len(tags)))]]:
        middle = np.array(tag.centre) + rng.normal(0, 3, 2)
        at, beside = view.projected(unturned, seen.where(middle + np.array([[0, 0], [tag.width, 0]])))
        width = float(np.hypot(*(beside - at))) * rng.uniform(0.7, 0.9)
        picture, mask = scene.hand(picture, at, width, rng)
        hidden = cv2.max(hidden, mask)
    return picture, hidden


def _sharpness(picture: Picture, has: Mapping[str, float], rng: Generator) -> Picture:
    """Out of focus, and moved."""
    fine = picture.size[1] / 2400
    luma = cv2.GaussianBlur(picture.luma, (0, 0), fine * (rng.uniform(0.4, 0.7) + 1.6 * has.get("defocus", 0)))
    if "motion" in has:
        angle, length = rng.uniform(0, np.pi), fine * (3 + 8 * has["motion"])
        # Thirds of thirds: nine places evenly along the way, for the cost of two.
        for part in (1 / 3, 1 / 9):
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


def _lit(picture: Picture, at: F8, on_sheet: F8, seen: View, has: Mapping[str, float], rng: Generator) -> Picture:
    size = picture.size
    across = (at / np.array(size) - 0.5) * 2
    field = light.gain(across, on_sheet, seen.relief, has, rng)
    haze = light.glare(across, has["glare"], rng) if "glare" in has else None
    if haze is not None:
        field *= 1 - haze
    luma = cv2.multiply(picture.luma, _field(field * light.UNIT, size), scale=1 / light.UNIT)
    if haze is not None:
        luma = cv2.add(luma, _field(haze * 252, size))
    cb, cr = picture.cb, picture.cr
    warm = rng.normal(0.01, 0.012) + (rng.choice([-0.5, 1]) * 0.1 * has["cast"] if "cast" in has else 0)
    green = rng.normal(0, 0.012) * has.get("cast", 0)
    small = cv2.resize(luma, coarse(size), interpolation=cv2.INTER_AREA)
    # Coloured light tints a pixel by as much as the pixel is bright.
    cb = cv2.addWeighted(cb, 1, small, -warm - green, 0)
    cr = cv2.addWeighted(cr, 1, small, 0.8 * warm - green, 0)
    if "moire" in has:
        beat, tint = light.moire(size, has["moire"], rng)
        luma = cv2.multiply(luma, beat, scale=1 / light.UNIT)
        cb, cr = cv2.addWeighted(cb, 1, tint, 1, -128), cv2.addWeighted(cr, 1, tint, -1, 128)
    return Picture(luma, cb, cr)


def _field(values: F8, size: tuple[int, int]) -> U8:
    return view.enlarged(values.clip(0, 255).astype(np.uint8), size, SQUARE)


def _sensed(picture: Picture, has: Mapping[str, float], rng: Generator) -> Picture:
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


def _turned(image: U8, seen: View) -> U8:
    turn = {(0, 1): cv2.ROTATE_90_CLOCKWISE, (-1, 0): cv2.ROTATE_180, (0, -1): cv2.ROTATE_90_COUNTERCLOCKWISE}
    way = turn.get((round(seen.turn[0, 0]), round(seen.turn[1, 0])))
    return image if way is None else cv2.rotate(image, way)


def _jpeg(image: U8, has: Mapping[str, float], rng: Generator) -> bytes:
    """The picture as JPEG; a grainy one at lower quality, as phones do to keep files small."""
    spoilt = 28 * has.get("compression", 0) + 35 * has.get("low_light", 0)
    quality = int(np.clip(rng.normal(60, 5), 48, 75) - spoilt)
    limit = LARGEST * max(1.0, image.size / 3 / (1800 * 2400))
    while True:
        data: bytes = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, max(30, quality)])[1].tobytes()
        if len(data) <= limit or quality <= 30:
            return data
        quality -= 4 + int(60 * np.log(len(data) / limit))
