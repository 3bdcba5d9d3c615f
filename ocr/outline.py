"""A page where a person says that it lies: the corners of the paper, marked by hand in a photo in which none was found.

Marks and printed outlines then make the placement exact, as for any other page, and only where they are seen does the
page count as read. Where they are not, the hand's own placement is good enough to cover names and signatures.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from election.form import Form, Page
from ocr import untagged
from ocr.fault import NoPage
from ocr.guard import Gray
from ocr.placement import Registration, settled
from ocr.plane import Matrix, Points, fit, project
from ocr.register import checked
from ocr.views import Photo

WHOLE: Final = 10_000
"""What corners are told in: parts of the picture's width and height."""


class Outlined(Struct, frozen=True):
    """What a person says: the page, and its corners as printed, from the top left clockwise, in parts of `WHOLE`."""

    page: int
    corners: tuple[int, ...]


class ByHand(Struct, frozen=True):
    """A page where a hand has put it. `homography` float64[3, 3] takes mm on the page to px in the photo."""

    page: Page
    homography: Matrix

    def px(self, mm: npt.ArrayLike) -> Points:
        """Pixels, float64[n, 2], of points in mm [n, 2]."""
        return project(self.homography, mm)


def by_hand(photo: Gray, form: Form, outlined: Outlined) -> ByHand:
    """The page as it was marked. Raises NoPage where four points are no outline, NotOnForm for a page there is not."""
    height, width = photo.shape
    right, down = form.page_size_mm
    corners = np.array(outlined.corners, np.float64).reshape(4, 2) / WHOLE * (width, height) - 0.5
    mm = np.array([(0, 0), (right, 0), (right, down), (0, down)], np.float64)
    return ByHand(form.page(outlined.page), fit(mm, corners))


def exact(photo: Gray, marked: ByHand) -> Registration:
    """The page, laid upon its marks and printed outlines. No weaker evidence counts than without a hand's help.

    Raises what `register` does: what is wrong with the photo.
    """
    views = Photo(photo)
    found = checked(views, settled(views, untagged.exact(views, marked.page, marked.homography, "outline")))
    if not untagged.certain(views, found):
        raise NoPage()
    return found
