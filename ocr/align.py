"""The last millimetre: each field's boxes are moved to where their printed outlines really lie.

One homography is a flat sheet seen by a perfect lens. Paper curls and lenses bend; over a whole page that is a
millimetre or two, a fold makes it more, over one field it is a plain shift. A field whose outlines cannot be seen, or
not where its neighbours let expect them, moves as they do. Reading the boxes is for `digits`.
"""

import numpy as np
import numpy.typing as npt

from election.form import Field, Rect
from ocr import layout
from ocr.guard import Gray
from ocr.layout import AGREE, REACH, Lines, Measured

_CONTRAST = 240.0  # grey levels that a line's darkness is held against
_FAR = 9.0  # mm to either side that are searched once the usual reach was not enough,
_PART = 0.42  # but of a box's side no more than this: in a row of cells one further on looks the same
_TOGETHER = 0.6  # of a field's parallel lines that must be seen where they all lie
_EDGE = 0.4  # mm
_ROUNDS = 3
_NEAR = 60.0  # mm; neighbours within so much have a full say in where a field lies
_STRAY, _PER_MM, _LONE = 1.2, 0.03, 300.0  # mm by which a field may lie elsewhere than its neighbours say, and for each
# mm to the nearest one, as far as that counts

Array = npt.NDArray[np.float64]


def shifts(photo: Gray, homography: Array, fields: tuple[Field, ...]) -> Array:
    """How far each field's boxes lie from where the homography has them: mm, float64[fields, 2], (dx, dy).

    A field whose outlines cannot be seen moves as its neighbours do; where none can, by nothing.
    """
    counts = [len(field.boxes) for field in fields]
    middles = np.array([np.mean([box.centre for box in field.boxes], axis=0) for field in fields])
    lines = Lines.around([box for field in fields for box in field.boxes])
    owner = np.repeat(np.arange(len(fields)), 4 * np.array(counts))
    seen = _seen(photo, homography, lines, owner, np.zeros((len(fields), 2)))
    far = _tolerance(middles)
    for _ in range(_ROUNDS):
        some = _unsure(middles, seen, far)
        if not len(some):
            break
        guess = _expected(middles, seen, np.arange(len(fields)))
        before = guess.copy()
        guess[some] += _comb(photo, homography, lines, owner, guess, some)
        part = np.isin(owner, some)
        again = _seen(photo, homography, Lines(lines.at[part]), owner[part], guess)
        seen[some] = np.where(np.abs(again[some] - before[some]) <= far[some], again[some], np.nan)
    lost = np.flatnonzero(np.isnan(seen).any(axis=1))
    seen[lost] = np.where(np.isnan(seen[lost]), _expected(middles, seen, lost), seen[lost])
    return seen


def _comb(
    photo: Gray,
    homography: Array,
    lines: Lines,
    owner: npt.NDArray[np.int64],
    guess: Array,
    some: npt.NDArray[np.int64],
) -> Array:
    """By how much more than guessed some fields lie elsewhere, as all of a field's parallel lines together say; nothing
    where they do not."""
    part = np.isin(owner, some)
    sides = np.abs(lines.at[part, 1] - lines.at[part, 0]).max(axis=1)
    reach = min(_FAR, _PART * float(sides.min()))
    out, dark = layout.profiles(photo, homography, _moved_lines(lines.at[part], guess[owner[part]]), reach)
    dark = np.minimum(1.0, dark / np.maximum(np.percentile(dark.max(axis=1), 70) / 2, 1.0))
    upright = lines.at[part][:, 2, 0] > 0.5
    steps = np.zeros((len(some), 2))
    for k, field in enumerate(some):
        for axis, own in ((0, upright), (1, ~upright)):
            score = dark[own & (owner[part] == field)].mean(axis=0)
            best = score.max()
            if best >= _TOGETHER:
                steps[k, axis] = out[score >= 0.9 * best].mean()
    return steps


def _tolerance(middles: Array) -> Array:
    """By how many mm each field may lie elsewhere than its neighbours say, [fields, 1]: more where they are far."""
    apart = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1))
    near = np.where(apart > 0, apart, np.inf).min(axis=1, keepdims=True)
    return np.asarray(_STRAY + _PER_MM * np.minimum(near, _LONE), np.float64)


def _unsure(middles: Array, seen: Array, far: Array) -> npt.NDArray[np.int64]:
    """Fields that were not seen, or far from where their neighbours lie on the mean."""
    known = ~np.isnan(seen)
    apart = ((middles[:, None] - middles[None]) ** 2).sum(axis=2)
    near = np.where(apart > 0, 1 / (apart + _NEAR**2) ** 2, 0)
    with np.errstate(all="ignore"):
        mean = near @ np.where(known, seen, 0) / (near @ known)
        stray = np.isnan(seen) | (np.abs(seen - mean) > far)
    return np.flatnonzero(stray.any(axis=1))


def moved(field: Field, shift: npt.ArrayLike) -> Field:
    """The field with its boxes and bubbles moved by (dx, dy) mm."""
    dx, dy = (float(v) for v in np.asarray(shift))
    return Field(
        name=field.name,
        block=field.block,
        boxes=tuple(_moved(rect, dx, dy) for rect in field.boxes),
        bubbles=tuple(tuple(_moved(rect, dx, dy) for rect in column) for column in field.bubbles),
        guide=field.guide,
        words=field.words,
    )


def _moved(rect: Rect, dx: float, dy: float) -> Rect:
    return Rect(rect.x0 + dx, rect.y0 + dy, rect.x1 + dx, rect.y1 + dy)


def _seen(photo: Gray, homography: Array, lines: Lines, owner: npt.NDArray[np.int64], guess: Array) -> Array:
    """Each field's shift as its boxes' outlines have it, looked for around what is guessed, float64[fields, 2]; NaN
    where they do not say. `owner` int64[lines]: whose line each is."""
    sides = _sides(layout.measure(photo, homography, _moved_lines(lines.at, guess[owner])))
    shifts = np.full(guess.shape, np.nan)
    for field in np.unique(owner):
        shifts[field] = _median(sides[owner[::4] == field]) + guess[field]
    return shifts


def _moved_lines(at: Array, by: Array) -> Lines:
    at = at.copy()
    at[:, :2] += by[:, None]
    return Lines(at, len(at))


def _sides(measured: Measured) -> Array:
    """The shift of each box that its opposite sides agree on, float64[n, 2]; NaN where they do not, or cannot be
    seen."""
    across, seen = measured.across.reshape(-1, 2, 2), measured.seen(_CONTRAST).reshape(-1, 2, 2)
    # A line at the edge of what was looked at may lie beyond it in part.
    agree = (np.abs(across[..., 0] - across[..., 1]) <= AGREE) & (np.abs(across).max(axis=2) <= REACH - _EDGE)
    agree &= seen.all(axis=2)
    return np.where(agree, across.mean(axis=2), np.nan)


def _expected(middles: Array, seen: Array, some: npt.NDArray[np.int64]) -> Array:
    """Where some fields should lie by the others around them: mm, float64[some, 2]; nothing where none is seen."""
    expected = np.zeros((len(some), 2))
    apart = ((middles[some, None] - middles[None]) ** 2).sum(axis=2)
    for axis in (0, 1):
        known = ~np.isnan(seen[:, axis])
        if not known.any():
            continue
        weight = np.where(known[None] & (apart > 0), 1 / (apart + _NEAR**2) ** 2, 0)
        for k, field in enumerate(some):
            expected[k, axis] = _plane(middles[known] - middles[field], seen[known, axis], weight[k, known])
    return expected


def _plane(at: Array, values: Array, weight: Array) -> float:
    """The value at the origin of the plane through weighted values; flat where few bear it."""
    total = weight.sum()
    if total <= 0:
        return float(values.mean())
    weight = weight / total
    order = np.argsort(values)
    middle = float(values[order][np.searchsorted(np.cumsum(weight[order]), 0.5)])
    trust = np.sqrt(weight / (1 + ((values - middle) / _STRAY) ** 2))[:, None]
    design = np.column_stack((np.ones(len(at)), at / 100)) * trust
    ridge = np.diag([0.0, 0.1, 0.1])
    wanted = np.concatenate(((values - middle) * trust[:, 0], np.zeros(3)))
    return middle + float(np.linalg.lstsq(np.vstack((design, ridge)), wanted, rcond=None)[0][0])


def _median(shifts: Array) -> Array:
    """Median of the shifts that are known, [2]; NaN where fewer than half are."""
    known = ~np.isnan(shifts)
    return np.array(
        [
            np.median(shifts[known[:, axis], axis]) if 2 * known[:, axis].sum() >= len(shifts) else np.nan
            for axis in (0, 1)
        ]
    )
