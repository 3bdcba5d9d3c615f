"""What reading saw, in pictures: for validators who ask why, and for developers who ask where it went wrong.

Of every photo: where its page lies, the page straightened, and each box with what it is taken for; of all of them
together what was decoded. Names and signatures are covered as in the public's picture. Numbers follow the reader's
own steps, called one by one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from election.contest import Contest
from election.decode import BlockReading, decode
from election.decode.number import best, likelihood
from election.form import Form, Rect
from election.scores import CLASSES, FieldScores, PageScores
from ocr import align, guard, pictures
from ocr.digits import default
from ocr.pictures import Pictures
from ocr.reader import Decoder
from ocr.register import Registration, register

Picture = npt.NDArray[np.uint8]

PHOTO_SIDE: Final = 1000  # px
PAGE_SCALE: Final = 1.3  # px/mm of a page 600 mm wide
BOX: Final = 72  # px a side
BLUE, GREEN, ORANGE, GREY, INK = (170, 90, 20), (60, 140, 40), (20, 110, 230), (160, 160, 160), (60, 60, 60)
SURE: Final = 0.99
"""From this share of its box's likelihood on a class is drawn in green, else in orange."""


class Seen(NamedTuple):
    """One photo on its way: its pixels, where the page is, what was cut out, and the scores."""

    photo: guard.Gray
    found: Registration
    cut: Pictures
    scores: PageScores


def explain(
    photos: Sequence[bytes], contest: Contest, form: Form, page: int | None, out: Path, decoder: Decoder = guard
) -> list[Path]:
    """Write the pictures of each photo and the decoded record into `out`; answers the files.

    Raises:
        ScanFault: a photo shows no page of `form`; the reason says why.
    """
    out.mkdir(parents=True, exist_ok=True)
    seen = [_see(decoder.gray(data), form, page) for data in photos]
    files = []
    for one in seen:
        number = one.found.page.number
        for name, picture in (
            (f"photo-{number}.jpg", photo_picture(one)),
            (f"page-{number}.jpg", page_picture(one, form)),
            (f"boxes-{number}.png", boxes_picture(one)),
        ):
            cv2.imwrite(str(out / name), picture)
            files.append(out / name)
    file = out / "decode.md"
    file.write_text(table(contest, [one.scores for one in seen]), encoding="utf-8")
    return [*files, file]


def _see(photo: guard.Gray, form: Form, page: int | None) -> Seen:
    found = register(photo, form, page)
    where = align.shifts(photo, found.homography, found.page.fields)
    cut = pictures.cut(photo, found, form.name, where)
    return Seen(photo, found, cut, cut.scored(default().read(cut.boxes)))


def photo_picture(seen: Seen) -> Picture:
    """The photo with the page's outline, its marks and its tags; what is masked is covered."""
    scale = min(1.0, PHOTO_SIDE / max(seen.photo.shape))
    small = cv2.resize(seen.photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    page = seen.found.page
    for rect in page.mask:
        cv2.fillConvexPoly(picture, _outline(seen.found, rect, scale), GREY)
    corners = [mark.at for mark in page.marks]
    for mark in page.marks:
        x, y = np.rint(seen.found.px([mark.at])[0] * scale).astype(int)
        cv2.circle(picture, (int(x), int(y)), 9, ORANGE, 2, cv2.LINE_AA)
    xs, ys = zip(*corners, strict=True)
    cv2.polylines(
        picture, [_outline(seen.found, Rect(min(xs), min(ys), max(xs), max(ys)), scale)], True, BLUE, 2, cv2.LINE_AA
    )
    for tag in page.tags:
        cv2.polylines(picture, [_outline(seen.found, tag.rect, scale)], True, GREEN, 2, cv2.LINE_AA)
    return _array(picture)


def page_picture(seen: Seen, form: Form) -> Picture:
    """The page straightened, every box framed by how sure its reading is; what is masked is covered."""
    width, height = form.page_size_mm
    scale = PAGE_SCALE * 600 / width
    to_picture = np.diag([scale, scale, 1.0]) @ np.linalg.inv(seen.found.homography)
    flat = cv2.warpPerspective(
        seen.photo, to_picture, (round(width * scale), round(height * scale)), flags=cv2.INTER_AREA
    )
    picture = cv2.cvtColor(flat, cv2.COLOR_GRAY2BGR)
    for rect in seen.found.page.mask:
        _frame(picture, rect, scale, GREY, cv2.FILLED)
    for field in seen.found.page.fields:
        rows = chances(seen.scores.fields[field.name])
        for box, row in zip(field.boxes, rows, strict=True):
            _frame(picture, box, scale, GREEN if row.max() >= SURE else ORANGE, 2)
        for column, row in zip(field.bubbles, _bubbles(seen.scores.fields[field.name]), strict=False):
            _frame(picture, column[row], scale, BLUE, 2)
    return _array(picture)


def boxes_picture(seen: Seen) -> Picture:
    """Every number of the page: its three boxes as the network sees them, and the two best classes of each."""
    rows = [_number_picture(seen, k) for k in range(len(seen.cut.fields))]
    columns = 1 if len(rows) < 8 else 2
    deep = -(-len(rows) // columns)
    blank = np.full_like(rows[0], 255)
    rows += [blank] * (deep * columns - len(rows))
    return np.hstack([np.vstack(rows[k * deep : (k + 1) * deep]) for k in range(columns)])


def _number_picture(seen: Seen, at: int) -> Picture:
    field = seen.cut.fields[at]
    scores = seen.scores.fields[field.name]
    row: Picture = np.full((BOX + 34, 3 * (BOX + 22) + 330, 3), 255, np.uint8)
    _write(row, field.name, (10, 34), 0.5)
    chance = likelihood(scores)
    read = best(chance)
    _write(row, f"{'-' if read is None else read}   {float(chance.max() / chance.sum()):.4f}", (10, 60), 0.5)
    first = sum(len(f.boxes) for f in seen.cut.fields[:at])
    for k, classes in enumerate(chances(scores)):
        x = 290 + k * (BOX + 32)
        box = cv2.resize(seen.cut.boxes[first + k], (BOX, BOX), interpolation=cv2.INTER_CUBIC)
        row[4 : 4 + BOX, x : x + BOX] = np.clip(box, 0, 255)[:, :, None]
        top, second = np.argsort(classes)[::-1][:2]
        colour = GREEN if classes[top] >= SURE else ORANGE
        cv2.rectangle(row, (x - 1, 3), (x + BOX, 4 + BOX), colour, 2)
        _write(row, f"{CLASSES[top]} {classes[top]:.3f}", (x, BOX + 18), 0.42, colour)
        _write(row, f"{CLASSES[second]} {classes[second]:.1e}", (x, BOX + 31), 0.35, GREY)
    return row


def chances(field: FieldScores) -> npt.NDArray[np.float64]:
    """Share of each class in its box's likelihood, float64[boxes, 14]."""
    likely = np.exp(field.box_scores)
    return np.asarray(likely / likely.sum(axis=1, keepdims=True), np.float64)


def _bubbles(field: FieldScores) -> list[int]:
    scores = field.bubble_scores
    return [] if scores is None else [int(digit) for digit in scores.argmax(axis=1)]


def table(contest: Contest, pages: Sequence[PageScores]) -> str:
    """Each number by itself and decoded with its block, as a Markdown table."""
    fields = {name: field for page in pages for name, field in page.fields.items()}
    readings = decode(contest, pages)
    joint = {name: (block, i) for block in readings for i, name in enumerate(contest.blocks[block])}
    lines = [
        "| number | boxes, the best class of each | bubbles | by itself | decoded |",
        "| --- | --- | --- | ---: | ---: |",
    ]
    for name, field in fields.items():
        chance = likelihood(field)
        alone = f"{_told(best(chance))} ({chance.max() / chance.sum():.4f})"
        found = "–"
        if name in joint:
            block, at = joint[name]
            found = f"**{_told(readings[block].figures[at])}** ({_marginal(readings[block], at):.6f})"
        seen = " ".join(CLASSES[i] for i in field.box_scores.argmax(axis=1))
        marked = " ".join(map(str, _bubbles(field))) or "–"
        lines.append(f"| `{name}` | {seen} | {marked} | {alone} | {found} |")
    lines += [""] + [_block(block, reading) for block, reading in readings.items()]
    return "\n".join(lines) + "\n"


def _marginal(reading: BlockReading, at: int) -> float:
    return reading.marginals[at] if reading.marginals else reading.probability


def _block(block: str, reading: BlockReading) -> str:
    sums = "its sums hold" if reading.consistent else "its sums do not hold on the paper"
    return f"- `{block}`: probability of all its figures together {reading.probability:.6f}; {sums}."


def _told(value: int | None) -> str:
    return "–" if value is None else str(value)


def _outline(found: Registration, rect: Rect, scale: float) -> npt.NDArray[np.int32]:
    corners = found.px([(rect.x0, rect.y0), (rect.x1, rect.y0), (rect.x1, rect.y1), (rect.x0, rect.y1)])
    return np.rint(corners * scale).astype(np.int32)


def _frame(picture: npt.NDArray[np.uint8], rect: Rect, scale: float, colour: tuple[int, int, int], width: int) -> None:
    a, b = ((round(x * scale), round(y * scale)) for x, y in ((rect.x0, rect.y0), (rect.x1, rect.y1)))
    cv2.rectangle(picture, a, b, colour, width)


def _write(picture: Picture, text: str, at: tuple[int, int], size: float, colour: tuple[int, int, int] = INK) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)


def _array(picture: object) -> Picture:
    return np.asarray(picture, np.uint8)
