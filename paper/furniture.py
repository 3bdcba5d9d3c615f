"""What every form has in print: corner marks, page tags, the place's lines, boxes and bubbles, tallies, signatures.

Drawn where the template says. What is special to one form lives in `official`, what a template words itself in
`design`.
"""

import cv2
import numpy as np

from election.form import Field, Form, Page, Rect, Tag, Tally, square

from .canvas import BOLD, GREY, ITALIC, PALE, Canvas

LEFT, RIGHT = 73.0, 527.0
"""Between which the tables lie."""


def marks(canvas: Canvas, form: Form, page: Page) -> None:
    """Corner marks, page tags and what stands in the margins."""
    u = canvas.unit
    for mark in page.marks:
        for rect in mark.squares:
            canvas.solid(rect, 0)
    for printed in page.tags:
        _tag(canvas, printed)
        beside = printed.rect.x0 - 2 * u, printed.rect.centre[1] + 2 * u
        canvas.text(beside, str(printed.id), 5.5 * u, "Courier-Bold", "right")
    width, height = form.page_size_mm
    if u == 1:  # on smaller paper the margins are the tables'
        for x in (40.0, width - 40):
            canvas.line([(x, 80), (x, height - 40)], 0.9, PALE)
        for y in (57.0, height - 17.5):
            canvas.line([(60, y), (width - 60, y)], 0.9, PALE)
        canvas.dots([(40, 50), (width - 40, 50)], 0.5, 2.4, GREY)
    if page.tags:
        _model(canvas, form, page)
    note = "Contoh dari Suara untuk uji coba. Bukan dokumen resmi."
    canvas.text((40 * u, height - 8 * u), note, 4 * u, ITALIC, ink=GREY)
    told = f"{form.model} · {page.number}/{len(form.pages)}"
    canvas.text((width - 40 * u, height - 8 * u), told, 4 * u, BOLD, "right", GREY)


def _model(canvas: Canvas, form: Form, page: Page) -> None:
    tag, u = page.tags[0].rect, canvas.unit
    box = Rect(tag.x0 - 11 * u, tag.y0 - 29 * u, tag.x1 + 1.5 * u, tag.y0 - 8.5 * u)
    canvas.frame(box, 0.6 * u)
    canvas.text((box.centre[0], box.y0 + 8.5 * u), "MODEL", 5 * u, BOLD, "centre")
    canvas.text((box.centre[0], box.y0 + 15.5 * u), form.model, 5 * u, BOLD, "centre", width=box.width - 3 * u)
    told = f"Halaman {page.number} dari {len(form.pages)}"
    canvas.text((tag.x1, tag.y0 - 2.5 * u), told, 4.6 * u, BOLD, "right")


def _tag(canvas: Canvas, tag: Tag) -> None:
    family = {"36h10": cv2.aruco.DICT_APRILTAG_36h10}[tag.family]
    modules = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(family), tag.id, 8)
    modules = np.rot90(modules, -tag.turn)
    canvas.solid(tag.rect, 0)
    for cell, value in zip(tag.rect.split(8, 8), modules.ravel(), strict=True):
        if value:
            canvas.solid(cell, 1)


def place(canvas: Canvas, page: Page) -> None:
    """The lines on which the head of a page names its areas and its TPS."""
    on, u = page.place, canvas.unit
    rows = (
        ("Provinsi", on.provinsi),
        ("Kabupaten/Kota", on.kabupaten),
        ("Kecamatan", on.kecamatan),
        ("Kelurahan/Desa", on.kelurahan),
        ("Nomor TPS", on.tps),
    )
    for label, rect in rows:
        start = rect.x0 - (55 if rect.x0 < 300 * u else 72) * u
        canvas.text((start, rect.y1 - 2 * u), label, 5.2 * u, BOLD)
        canvas.text((rect.x0 - 5 * u, rect.y1 - 2 * u), ":", 5.2 * u, BOLD)
        canvas.dots([(rect.x0, rect.y1), (rect.x1, rect.y1)], 0.5 * u, 2.0 * u)


def boxes(canvas: Canvas, field: Field) -> None:
    """The boxes of a number, and its bubbles."""
    u = canvas.unit
    for box in field.boxes:
        canvas.frame(box, 1.0 * u)
        if field.guide:
            _guide(canvas, guide(box))
    for column in field.bubbles:
        for digit, bubble in enumerate(column):
            canvas.circle(bubble, 0.35 * u)
            canvas.text((bubble.centre[0], bubble.centre[1] + 1.6 * u), str(digit), 4.4 * u, align="centre")


def guide(box: Rect) -> Rect:
    """Where the dotted seven-segment figure lies inside a digit box."""
    k = box.width / 20
    return square(box.x0 + 5.5 * k, box.y0 + 3 * k, 9 * k, 14 * k)


def _guide(canvas: Canvas, rect: Rect) -> None:
    x0, y0, x1, y1 = rect
    y = (y0 + y1) / 2
    outline = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    for line in (outline, [(x0, y), (x1, y)]):
        canvas.dots(line, 0.45, 1.0, 0.5)


def tally(canvas: Canvas, tally: Tally) -> None:
    """The grid of a tally, and the boxes of its rows' sums."""
    for rect, columns in ((tally.cells, tally.columns), (tally.sums, 2)):
        for cell in rect.split(columns, tally.rows):
            canvas.frame(cell, 0.6 * canvas.unit, PALE)
