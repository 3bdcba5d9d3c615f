"""Photographing a page: laid on a table, seen by a camera, lit, blurred, noised, compressed.

Everything comes from the generator that is passed in. What makes a photo hard has names (`condition`); they are
drawn by `hardness`, or asked for. The truth of where the page lies is exact, whatever bends it: `Photo.view`.
"""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from election.form import Rect

from . import camera, condition, light, relief, scene, sensor, sheet, view
from .picture import COARSE, NEUTRAL, Picture, coarse
from .relief import Crease
from .view import View

U8 = NDArray[np.uint8]
F8 = NDArray[np.float64]

SIZE = (1500, 2250)
"""Width and height in pixels of a photo held upright."""

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
    seen = camera.taken(mm, size, has, creases, rng)
    at = view.nodes(size, SQUARE)
    on_sheet = seen.back_before_turn(at)
    photo = _laid(_creased(page, mm, scale, creases, rng), on_sheet, scale, size, seen, has, rng)
    photo, covered = _covered(photo, seen, list(tags), has, rng)
    photo = sensor.blurred(photo, has, rng)
    photo = _lit(photo, at, on_sheet, seen, has, rng)
    photo = sensor.sensed(photo, has, rng)
    image = _turned(photo.encoded(), seen)
    return Photo(sensor.compressed(image, has, rng), seen, (image.shape[1], image.shape[0]), has, covered)


def _creased(page: Picture, mm: tuple[float, float], scale: float, creases: list[Crease], rng: Generator) -> Picture:
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


def _turned(image: U8, seen: View) -> U8:
    turn = {(0, 1): cv2.ROTATE_90_CLOCKWISE, (-1, 0): cv2.ROTATE_180, (0, -1): cv2.ROTATE_90_COUNTERCLOCKWISE}
    way = turn.get((round(seen.turn[0, 0]), round(seen.turn[1, 0])))
    return image if way is None else cv2.rotate(image, way)
