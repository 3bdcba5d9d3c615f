"""A page whose tag cannot be read, or that has none: placed by its corner marks, or by the picture's frame, and told
from the form's other pages by its layout.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from election.form import Form, Page
from ocr import corners, layout, lines, marks, sketch, tag
from ocr.fault import PageUnknown
from ocr.marks import CORNERS, Anchors
from ocr.placement import Registration, Trial, settled, sight
from ocr.plane import Matrix, project
from ocr.views import Photo

_CONTRAST = 200.0  # grey levels that lines are held against before anything is known
_LOOKS = 3  # placements of a layout by marks that are looked at closely
_EACH = 2  # and by its sketch, each way round
_ABOVE = 0.5  # by which the share of outlines seen must exceed what is seen beside them
_RIVAL = 0.12  # a layout whose share is this close to the best one's may be it as well


def find(photo: Photo, form: Form, said: int | None) -> tuple[Registration, int | None] | None:
    """The page under which outlines are seen, and the id of its tag where it can be read after all; None without.

    Args:
        photo: the photo.
        form: whose pages it may show.
        said: the number that the sender says, used between pages of one layout only.

    Raises:
        PageUnknown: several pages look like it.
    """
    placed = corners.placements(photo, form)
    ways = [_by_marks(photo, form, placed), _stretched(photo, form, placed, "marks")]
    if not any(page.tags for page in form.pages):
        # Forms with tags come as photos, in which the frame says nothing.
        ways.append(_stretched(photo, form, sketch.framed(photo, form), "frame"))
    for trials in ways:
        found = _settled(photo, trials)
        if found:
            return _told(photo, form, found, said)
    return None


def _settled(photo: Photo, trials: Iterator[Trial]) -> list[Registration]:
    """Of every layout its best placement, where enough outlines say so."""
    found: dict[int, Registration] = {}
    for trial in trials:
        one = settled(photo, trial)
        known = found.get(one.page.number)
        if (known is None or one.outlines > known.outlines) and certain(photo, one):
            found[one.page.number] = one
    return list(found.values())


def certain(photo: Photo, found: Registration) -> bool:
    """Whether outlines are seen where they should be, and hardly any beside; and a corner mark, as rows of boxes look
    the same one row further down."""
    if not found.holds or len(found.missing) == len(CORNERS):
        return False
    beside = layout.grain(photo.full, found.homography, layout.some(found.page), found.contrast)
    return found.outlines - beside >= _ABOVE


def _by_marks(photo: Photo, form: Form, seeds: Sequence[Matrix]) -> Iterator[Trial]:
    """Placements of every layout in which at least three marks are seen, those with most outlines first."""
    for page in _firsts(form):
        trials = [trial for seed in seeds if len((trial := exact(photo, page, seed, "marks")).missing) <= 1]
        some = layout.some(page)
        shares = [layout.share(some, lines.measure(photo.full, one.homography, some), _CONTRAST) for one in trials]
        yield from (trials[k] for k in np.argsort(-np.array(shares), kind="stable")[:_LOOKS])


def _stretched(photo: Photo, form: Form, seeds: Sequence[Matrix], method: str) -> Iterator[Trial]:
    """Of every layout the placements under which its sketch lies best upon the photo, laid upon sketch and outlines."""
    firsts = _firsts(form)
    matches = [sketch.matches(photo, seed, form, firsts) for seed in seeds]
    for k, page in enumerate(firsts):
        for match in _best_each_way([one[k] for one in matches]):
            homography = sketch.adjusted(photo, match.homography, form, page)
            contrast = sight(photo.full, homography, page.fields[0].boxes[0])[1]
            yield exact(photo, page, layout.refit(photo.full, homography, page, contrast), method)


def _best_each_way(matches: Sequence[sketch.Match]) -> list[sketch.Match]:
    """The best few matches of each way round that a page may lie: the next best are often the best one's neighbours."""
    ways: dict[int, list[sketch.Match]] = {}
    for match in sorted(matches, key=lambda match: -match.score):
        (a, _, _), (c, _, _), _ = match.homography.tolist()
        ways.setdefault(round(float(np.arctan2(c, a)) / (np.pi / 2)) % 4, []).append(match)
    return [match for some in ways.values() for match in some[:_EACH]]


def _firsts(form: Form) -> tuple[Page, ...]:
    return tuple(pages[0] for pages in layout.alike(form))


def exact(photo: Photo, page: Page, homography: Matrix, method: str) -> Trial:
    """A placement with the corner marks that are seen in it; through them, where all are."""
    found = marks.near(photo, page, homography)
    missing = tuple(name for name in CORNERS if name not in found)
    error = 0.0
    if not missing and page.marks[0].shape == "stepped":
        _, homography, error = marks.fitted(page, Anchors(np.empty((0, 2)), np.empty((0, 2))), found)
    return Trial(page, homography, missing, method, error)


def _told(photo: Photo, form: Form, found: list[Registration], said: int | None) -> tuple[Registration, int | None]:
    """Which of the placements it is: by a tag that can be read now, by what the sender says, or as the only one."""
    best = max(found, key=lambda one: one.outlines)
    rivals = [one for one in found if one is best or one.outlines > best.outlines - _RIVAL]
    options = [replace(one, page=page) for one in rivals for page in layout.like(form, one.page)]
    for one in rivals:
        written = _written(photo, one)
        if written is not None:
            return next((option for option in options if option.page.tag_id == written), best), written
    if len(options) > 1:
        options = [option for option in options if option.page.number == said]
    if len(options) != 1:
        raise PageUnknown()
    return options[0], None


def _written(photo: Photo, found: Registration) -> int | None:
    """The id of the page's tag, where it can be read now that its place is known."""
    read = (tag.at(photo, project(found.homography, printed.corners)) for printed in found.page.tags)
    return next((number for number in read if number is not None), None)
