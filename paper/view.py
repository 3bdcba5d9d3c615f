"""Where a sheet lies in a photo: the camera's place, the lens, the relief of the paper. Geometry only, no pixels."""

from typing import TypeVar

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from .relief import Relief

F8 = NDArray[np.float64]
Number = TypeVar("Number", np.float32, np.uint8)

_STEPS = 12  # at most, of the fixed point that turns a photo's pixels into points of an uneven sheet
_CLOSE = 0.02  # pixels
_BAND = 8  # rows of nodes


class View(Struct, frozen=True):
    """From mm on the sheet to pixels of the photo, whole numbers at the centres of pixels."""

    plane: F8  # 3×3, the homography of a flat sheet, before lens and turn
    rise: F8  # [3], what a mm of height above the plane adds to the plane's homogeneous coordinates
    turn: F8  # 3×3, quarter turns of the finished picture
    centre: tuple[float, float]  # of the lens
    radius: float  # half the diagonal
    bend: float = 0.0  # of the lens: how much farther out (in parts) a pixel at `radius` lies
    relief: Relief | None = None

    @property
    def homography(self) -> F8:
        """3×3, mm -> pixel: exact for a flat sheet and a straight lens, else the plane that `where` bends."""
        matrix = self.turn @ self.plane
        return matrix / matrix[2, 2]

    @property
    def flat(self) -> bool:
        """Whether `homography` is the whole truth."""
        return self.relief is None and not self.bend

    def where(self, points: F8) -> F8:
        """Pixels float64[..., 2] of points float64[..., 2] in mm on the sheet."""
        return projected(self.turn, self._before_turn(np.asarray(points, np.float64)))

    def back(self, pixels: F8) -> F8:
        """Points in mm on the sheet of pixels float64[..., 2]: the inverse of `where`."""
        return self.back_before_turn(projected(np.linalg.inv(self.turn), np.asarray(pixels, np.float64)))

    def back_before_turn(self, pixels: F8) -> F8:
        """`back` in the picture as it was before it was turned."""
        inverse = np.linalg.inv(self.plane)
        points = projected(inverse, pixels)
        if self.flat:
            return points
        for _ in range(_STEPS):
            # What bends a point away from the plane changes slowly, so subtracting it at the last guess converges.
            off = pixels - self._before_turn(points)
            points = projected(inverse, projected(self.plane, points) + off)
            if np.abs(off).max() < _CLOSE:
                break
        return points

    def _before_turn(self, points: F8) -> F8:
        seen = points @ self.plane[:, :2].T + self.plane[:, 2]
        if self.relief is not None:
            seen = seen + self.relief.at(points)[..., None] * self.rise
        pixels = seen[..., :2] / seen[..., 2:]
        if self.bend:
            away = pixels - self.centre
            pixels = pixels + away * (self.bend * (away**2).sum(-1, keepdims=True) / self.radius**2)
        return pixels


def projected(matrix: NDArray[np.floating], points: F8) -> F8:
    """A homography applied to points float64[..., 2]."""
    seen = points @ matrix[:, :2].T + matrix[:, 2]
    return seen[..., :2] / seen[..., 2:]


def camera(
    sheet: tuple[float, float],
    photo: tuple[int, int],
    angles: tuple[float, float, float],
    zoom: float,
    shift: tuple[float, float],
) -> tuple[F8, F8]:
    """The plane's homography and the rise, of a camera that sees the whole sheet.

    Args:
        sheet: width and height in mm.
        photo: width and height in pixels.
        angles: yaw, pitch and roll in radians.
        zoom: 1 where the sheet just fits the photo.
        shift: where the sheet lies in the room that is left, 0.5 in its middle.
    """
    rotation = _rotation(*angles)
    # The camera stands 1.25 sheet heights away; lengths below are in mm.
    away = 1.25 * sheet[1]
    move = np.column_stack((rotation[:, :2], rotation @ np.array([-sheet[0] / 2, -sheet[1] / 2, 0]) + [0, 0, away]))
    seen = projected(move, np.array([[0, 0], [sheet[0], 0], sheet, [0, sheet[1]]], np.float64))
    low, high = seen.min(0), seen.max(0)
    focal = zoom * float((np.array(photo) / (high - low)).min())
    offset = (np.array(photo) - (high - low) * focal) * shift - low * focal - 0.5
    lens = np.array([[focal, 0, offset[0]], [0, focal, offset[1]], [0, 0, 1]])
    # Heights rise towards the camera.
    plane, rise = lens @ move, lens @ -rotation[:, 2]
    return plane / plane[2, 2], rise / plane[2, 2]


def quarter_turned(size: tuple[int, int], turns: int) -> F8:
    """What `turns` quarter turns clockwise do to the pixels of a picture of `size` (width, height)."""
    matrix = np.eye(3)
    width, height = size
    for _ in range(turns):
        matrix = np.array([[0, -1, height - 1], [1, 0, 0], [0, 0, 1.0]]) @ matrix
        width, height = height, width
    return matrix


def nodes(size: tuple[int, int], step: int) -> F8:
    """Centres (x, y) of the `step`-pixel squares that cover a picture and one more on each side: [rows, columns, 2]."""
    x, y = ((np.arange(-1, -(-side // step) + 1) + 0.5) * step - 0.5 for side in size)
    return np.stack(np.meshgrid(x, y), axis=-1)


def enlarged(grid: NDArray[Number], size: tuple[int, int], step: int) -> NDArray[Number]:
    """A grid at `nodes` for every pixel of the picture."""
    full: NDArray[Number] = cv2.resize(
        grid, (grid.shape[1] * step, grid.shape[0] * step), interpolation=cv2.INTER_LINEAR
    )
    return full[step : step + size[1], step : step + size[0]]


def laid(source: NDArray[np.uint8], grid: NDArray[np.float32], step: int, onto: NDArray[np.uint8]) -> None:
    """Draws a picture upon another one in place, and leaves alone what lies beyond it.

    Args:
        source: uint8[h, w].
        grid: float32[rows, columns, 2], the pixel of `source` at each of `nodes(size of onto, step)`.
        step: of the nodes.
        onto: uint8[h, w].
    """
    height, width = onto.shape
    # In bands, so that the map of one is still in the cache when it is used.
    for top in range(0, height, _BAND * step):
        bottom = min(height, top + _BAND * step)
        rows = grid[top // step : -(-bottom // step) + 2]
        where = enlarged(rows, (width, bottom - top), step)
        cv2.remap(source, where, None, cv2.INTER_LINEAR, onto[top:bottom], cv2.BORDER_TRANSPARENT)


def _rotation(yaw: float, pitch: float, roll: float) -> F8:
    matrix = np.eye(3)
    for (a, b), angle in (((0, 2), yaw), ((1, 2), pitch), ((0, 1), roll)):
        turn = np.eye(3)
        turn[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        matrix = turn @ matrix
    return matrix
