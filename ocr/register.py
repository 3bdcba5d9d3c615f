"""Where a page lies in a photo: which page by its tag or its layout, its geometry by tag, corner marks and outlines.

A placement counts only if the boxes' printed outlines are seen where it has them. The last millimetre, where paper
curls and lenses bend, is the work of `align`.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

from election import form as forms
from election.contest import CONTEST_TYPES
from election.form import Form
from ocr import layout, marks, tag, untagged
from ocr.fault import Blurred, CornerMissing, NoPage, ScanFault, TooSmall, WrongForm
from ocr.guard import Gray
from ocr.marks import CORNERS, Anchors
from ocr.placement import SHARP, SMALL, SURE, Registration, Trial, settled
from ocr.plane import Points
from ocr.tag import Seen
from ocr.views import Photo

__all__ = ["Registration", "register"]

_SOFT = 0.12  # sharpness below which blur is why outlines cannot be seen
_LEAST = 400  # px; on a picture whose long side is shorter no box holds a digit
_WHOLE = 1300  # px; long side of the image on which the sharpness of a whole photo is judged


_LEGIBLE = 300
"""px; no form can be read in a picture whose long side is shorter. Looking for one takes half a second all the same."""

_SLIM = 12
"""A picture this many times as long as wide is a strip; views of it shrink to nothing."""


def register(photo: Gray, form: Form, page: int | None = None) -> Registration:
    """Find a page of `form`.

    Args:
        photo: grey, uint8[height, width].
        form: whose pages may be seen.
        page: the number the sender says; used only where the photo leaves several pages possible.

    Raises:
        NoPage, WrongForm, CornerMissing, Blurred, TooSmall, PageUnknown: what is wrong with the photo.
    """
    if max(photo.shape) < _LEGIBLE or max(photo.shape) > _SLIM * min(photo.shape):
        raise TooSmall(what=f"{photo.shape[1]}×{photo.shape[0]}")
    views = Photo(photo)
    if views.side < _LEAST:
        raise _small(views)
    best = _by_tags(views, form, tag.find(views))
    if best is None or not best.firm:
        best = _better(best, _without(views, form, page))
    if best is None:
        raise _nothing(views)
    return checked(views, best)


def _by_tags(photo: Photo, form: Form, seen: Sequence[Seen]) -> Registration | None:
    """The best placement by the tags of one page; None without any. Raises WrongForm where all are of other forms."""
    ids = {sheet.tag_id for sheet in form.pages}
    known = [one for one in seen if one.id in ids]
    if seen and not known:
        raise wrong(seen[0].id)
    best: Registration | None = None
    for trial in _trials(photo, form, [one for one in known if one.id == known[0].id]) if known else ():
        found = settled(photo, trial)
        if best is None or found.outlines > best.outlines:
            best = found
        if best.outlines >= SURE:
            break
    return best


def _better(one: Registration | None, other: Registration | None) -> Registration | None:
    if one is None or other is None:
        return one or other
    return other if other.outlines > one.outlines else one


def _trials(photo: Photo, form: Form, seen: list[Seen]) -> Iterator[Trial]:
    """Placements from tags of one page; where it prints the same one twice, either may be which."""
    page = form.page_of_tag(seen[0].id)
    some = seen[: len(page.tags)]
    for printed in permutations(page.tags, len(some)):
        mm = np.array([corner for one in printed for corner in one.corners])
        anchors = Anchors(mm, np.concatenate([one.corners for one in some]))
        placed = marks.find(photo, page, anchors)
        missing = tuple(name for name in CORNERS if name not in placed.found)
        yield Trial(page, placed.homography, missing, "tag", placed.error)


def _without(photo: Photo, form: Form, said: int | None) -> Registration | None:
    """The page by its layout. Raises PageUnknown, or WrongForm where it bears the tag of another one after all."""
    told = untagged.find(photo, form, said)
    if told is None:
        return None
    found, written = told
    if written is not None and written != found.page.tag_id:
        raise wrong(written)
    return found


def checked(photo: Photo, found: Registration) -> Registration:
    """What was found, if it can be read. Raises Blurred, TooSmall, CornerMissing, NoPage."""
    if found.sharpness < (SHARP if found.holds else _SOFT):
        raise Blurred()
    if found.box_px < SMALL:
        raise _small(photo)
    outside = _outside(photo, found)
    if not found.holds or outside:
        raise _cornerless(outside or found.missing)
    return found


def _outside(photo: Photo, found: Registration) -> tuple[str, ...]:
    """Corners that lie beyond the picture, where boxes do so too."""
    if not _beyond(photo, found.px(layout.centres(found.page))).any():
        return ()
    gone = _beyond(photo, found.px([found.page.mark(name).at for name in CORNERS]))
    return tuple(name for name, out in zip(CORNERS, gone.tolist(), strict=True) if out) or tuple(found.missing)


def _beyond(photo: Photo, px: Points) -> npt.NDArray[np.bool_]:
    return np.asarray(((px < 0) | (px > np.array(photo.full.shape[::-1]) - 1)).any(axis=1))


def _cornerless(names: Sequence[str]) -> ScanFault:
    if not names:
        return NoPage()
    return CornerMissing(which=", ".join(names), which_id=", ".join(CORNERS[name] for name in names))


def _small(photo: Photo) -> TooSmall:
    height, width = photo.full.shape
    return TooSmall(what=f"{width} × {height}")


def _nothing(photo: Photo) -> ScanFault:
    """Why no page was found at all: the picture may be out of focus as a whole."""
    return Blurred() if _washed_out(photo) else NoPage()


def _washed_out(photo: Photo) -> bool:
    """Whether nothing in the picture is finer than a hundredth of it."""
    level = photo.within(_WHOLE)
    fine, coarse = photo.level(level), photo.level(level + 2)
    edges = [float(np.percentile(np.abs(np.diff(image.astype(np.int16), axis=1)), 99.5)) for image in (fine, coarse)]
    return edges[1] > 20 and edges[0] < 0.35 * edges[1]


def wrong(number: int) -> WrongForm:
    """What to say of a page whose tag is of another form."""
    known = forms.tagged(number)
    if known is None:
        return WrongForm(which=f"tag {number}", which_id=f"kode {number}")
    contest, page = known
    names = CONTEST_TYPES[contest]
    return WrongForm(which=f"page {page} of {names.name_en}", which_id=f"halaman {page} {names.name_id}")
