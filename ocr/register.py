"""Where a page lies in a photo: its number by the AprilTag, its geometry by tag and corner marks.

Tag corners and marks together give the homography from millimetres to pixels by least squares. The last millimetre,
where paper curls and lenses bend, is the work of `align`.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Form, Page
from ocr import marks, tag
from ocr.fault import Blurred, CornerMissing
from ocr.guard import Gray
from ocr.marks import CORNERS
from ocr.plane import Matrix, Points, project
from ocr.views import Photo

_LOOSE: Final = 2.0  # mm; marks that fit no better belong to no plane page
_SHARP: Final = 0.07  # below this, strokes of a pen run into each other
_SMALL: Final = 1.1  # px/mm below which boxes hold too few pixels


class Registration(Struct, frozen=True):
    """A page found: `homography` float64[3, 3] takes mm on the page to px in the photo."""

    page: Page
    homography: Matrix
    error: float  # mm, root mean square over the points used
    sharpness: float  # 0 washed out – 1 hard edges
    density: float  # px/mm at the middle of the page
    contrast: float  # grey levels between paper and black, of the tag
    missing: tuple[str, ...]  # names of corners not found

    @property
    def quality(self) -> int:
        """0–1000: how well the page can be seen. Sharpness, resolution and contrast weigh alike."""
        sharp = min(1.0, max(0.0, (self.sharpness - _SHARP) / 0.3))
        dense = min(1.0, max(0.0, (self.density - _SMALL) / 1.4))
        clear = min(1.0, self.contrast / 120)
        whole = 0.8 ** len(self.missing)
        return round(1000 * whole * (sharp * dense * clear) ** (1 / 3))

    def px(self, mm: npt.ArrayLike) -> Points:
        """Pixels, float64[n, 2], of points in mm [n, 2]."""
        return project(self.homography, mm)


def register(photo: Gray, form: Form) -> Registration:
    """Find a page of `form`. Raises NoPage, WrongForm, CornerMissing or Blurred."""
    views = Photo(photo)
    page, corners = tag.find(views, form)
    found = marks.find(views, page, corners)
    missing = tuple(name for name in CORNERS if name not in found)
    if len(missing) > 1:
        raise CornerMissing(which=", ".join(missing), which_id=", ".join(CORNERS[name] for name in missing))
    homography, error = marks.fitted(page, corners, marks.centres(page), found)
    if error > _LOOSE:
        raise CornerMissing(which="several", which_id="beberapa")
    sharpness, contrast = _tag_picture(photo, homography, page)
    density = _density(homography, form)
    if sharpness < _SHARP or density < _SMALL:
        raise Blurred()
    return Registration(page, homography, error, sharpness, density, contrast, missing)


def _density(homography: Matrix, form: Form) -> float:
    x, y = form.page_size_mm[0] / 2, form.page_size_mm[1] / 2
    px = project(homography, [(x - 5, y), (x + 5, y), (x, y - 5), (x, y + 5)])
    return float(min(np.hypot(*(px[1] - px[0])), np.hypot(*(px[3] - px[2]))) / 10)


def _tag_picture(photo: Gray, homography: Matrix, page: Page) -> tuple[float, float]:
    """Sharpness and contrast of the tag, seen at four samples a millimetre."""
    x0, y0, x1, y1 = page.tags[0].rect
    side = 128
    x, y = np.meshgrid(np.linspace(x0, x1, side), np.linspace(y0, y1, side))
    at = project(homography, np.column_stack((x.ravel(), y.ravel()))).astype(np.float32).reshape(side, side, 2)
    seen = np.asarray(cv2.remap(photo, at, None, cv2.INTER_LINEAR), np.float32)
    low, high = np.percentile(seen, (5, 95))
    contrast = float(high - low)
    slope = np.abs(np.diff(seen, axis=1))
    return float(np.percentile(slope, 98) / max(contrast, 1.0)), contrast
