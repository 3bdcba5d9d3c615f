"""Finding the page: on our own photos within a millimetre of the truth, and on the real ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from election import form
from election.form import Form, Page
from ocr import align, guard, tag
from ocr.fault import Blurred, CornerMissing, NoPage, PageUnknown, TooSmall, WrongForm
from ocr.plane import project
from ocr.register import Registration, register
from ocr.views import Photo
from paper import sheet, specimen
from paper.condition import CONDITIONS

FORM = form.load("c_hasil_ppwp_2024")


def corners(page: Page) -> np.ndarray:
    """Corners of every box, mm."""
    rects = [box for field in page.fields for box in field.boxes]
    return np.array([point for r in rects for point in ((r.x0, r.y0), (r.x1, r.y0), (r.x1, r.y1), (r.x0, r.y1))])


def off(found: Registration, truth: np.ndarray) -> float:
    """How far boxes lie from where they truly are, at worst, in mm."""
    mm = corners(found.page)
    return float(np.abs(project(np.linalg.inv(found.homography), project(truth, mm)) - mm).max())


def placed(picture: np.ndarray, found: Registration, truth: np.ndarray) -> float:
    """The same once each field has been moved to its printed outlines."""
    fields = found.page.fields
    there = align.shifts(picture, found.homography, fields)
    worst = 0.0
    for field, shift in zip(fields, there, strict=True):
        mm = np.array([box.centre for box in field.boxes])
        seen = project(np.linalg.inv(truth), found.px(mm + shift))
        worst = max(worst, float(np.abs(seen - mm).max()))
    return worst


def blank(number: int) -> np.ndarray:
    return cv2.cvtColor(sheet.raster(FORM, number), cv2.COLOR_BGR2GRAY)


def missed(found: Registration, picture: np.ndarray, taken: specimen.Specimen) -> np.ndarray:
    """How far each box lies from where it truly is once it has been aligned, mm."""
    fields = found.page.fields
    there = align.shifts(picture, found.homography, fields)
    mm = np.array([box.centre for field in fields for box in field.boxes])
    moved = np.repeat(there, [len(field.boxes) for field in fields], axis=0)
    truth = project(np.linalg.inv(found.homography), taken.where(mm))
    return np.abs(truth - mm - moved).max(axis=1)


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("hardness", [0.1, 0.5])
def test_boxes_are_found_within_a_millimetre(page: int, hardness: float) -> None:
    taken = specimen.sample(FORM, page, np.random.default_rng(page), hardness)
    picture = guard.gray(taken.jpeg)
    found = register(picture, FORM)
    assert found.page.number == page
    assert found.quality > 300
    away = missed(found, picture, taken)
    assert away.max() < 1.0
    assert np.median(away) < 0.3


@pytest.mark.parametrize("name", sorted(set(CONDITIONS) - {"motion"}))
def test_boxes_are_found_in_spite_of_a_hardship(name: str) -> None:
    k = sorted(CONDITIONS).index(name)
    taken = specimen.sample(FORM, 1 + k % 3, np.random.default_rng(k), conditions={name: 0.7})
    picture = guard.gray(taken.jpeg)
    found = register(picture, FORM)
    assert found.page.number == 1 + k % 3
    away = missed(found, picture, taken)
    assert away.max() < 1.0
    assert np.median(away) < 0.3


@pytest.mark.parametrize("megapixels", [0.6, 3.0, 12.0])
def test_photos_small_and_large(megapixels: float) -> None:
    width = round(1000 * (megapixels * 0.75) ** 0.5)
    taken = specimen.sample(FORM, 2, np.random.default_rng(4), 0.2, size=(width, width * 4 // 3))
    picture = guard.gray(taken.jpeg)
    found = register(picture, FORM)
    assert found.page.number == 2
    assert np.median(missed(found, picture, taken)) < 0.3


def test_the_same_photo_is_placed_the_same_every_time() -> None:
    taken = specimen.sample(FORM, 1, np.random.default_rng(3), conditions={"covered_tag": 1.0, "perspective": 0.5})
    picture = guard.gray(taken.jpeg)
    first, second = register(picture, FORM), register(picture, FORM)
    assert first.method == "marks"
    assert np.array_equal(first.homography, second.homography)
    assert first.quality == second.quality


def scrap(rng: np.random.Generator) -> np.ndarray:
    """A picture of something else: a table, paper with squares, lines and letters, or noise."""
    grain = rng.integers(60, 190, (rng.integers(2, 40), rng.integers(2, 40))).astype(np.uint8)
    picture = cv2.resize(grain, (750, 1000), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.integers(0, 60)):
        x, y, side = (int(v) for v in rng.integers((0, 0, 4), (700, 950, 90)))
        shade, thick = int(rng.choice((0, 250))), int(rng.choice((-1, 1, 2)))
        cv2.rectangle(picture, (x, y), (x + side, y + side), shade, thick)
        if rng.random() < 0.3:
            cv2.rectangle(picture, (x + side, y + side), (x + 2 * side, y + 2 * side), shade, thick)
    for _ in range(rng.integers(0, 30)):
        x, y = (int(v) for v in rng.integers(0, 900, 2))
        cv2.putText(picture, "KPPS 0123456789"[: rng.integers(1, 15)], (x, y), 0, float(rng.uniform(0.4, 3)), 10, 2)
    return picture


def test_a_photo_of_something_else_is_refused() -> None:
    rng = np.random.default_rng(11)
    for _ in range(12):
        with pytest.raises((NoPage, Blurred)):
            register(scrap(rng), FORM)


def test_a_page_of_another_contest_is_refused_as_such() -> None:
    picture = blank(2)
    other = next(tag for tag in range(201, 800) if form.tagged(tag))
    code = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), other, 80)
    x0, y0, x1, y1 = (round(v * sheet.SCALE) for v in FORM.page(2).tags[0].rect)
    forged = picture.copy()
    forged[y0:y1, x0:x1] = cv2.rotate(cv2.resize(code, (x1 - x0, y1 - y0)), cv2.ROTATE_180)
    with pytest.raises(WrongForm) as caught:
        register(forged, FORM)
    assert "page 1 of" in caught.value.text("en")


def alike() -> Form:
    """A form with two pages that look the same but for their tags."""
    first, second = FORM.page(2), FORM.page(3)
    twin = replace(first, number=3, tags=second.tags)
    return replace(FORM, pages=(FORM.page(1), first, twin))


def untagged(picture: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = (round(v * sheet.SCALE) for v in FORM.page(2).tags[0].rect)
    hidden = picture.copy()
    hidden[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = 120
    return hidden


def test_of_pages_that_look_alike_the_sender_says_which() -> None:
    hidden = untagged(blank(2))
    assert register(hidden, alike(), page=3).page.number == 3
    assert register(hidden, alike(), page=2).page.number == 2
    for said in (None, 1):
        with pytest.raises(PageUnknown):
            register(hidden, alike(), page=said)


def test_the_sender_overrules_neither_tag_nor_layout() -> None:
    assert register(blank(2), alike(), page=3).page.number == 2
    assert register(untagged(blank(2)), FORM, page=3).page.number == 2


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_any_way_round(turns: int) -> None:
    upright = blank(2)
    found = register(np.ascontiguousarray(np.rot90(upright, turns)), FORM)
    assert found.page.number == 2
    assert found.missing == ()
    assert found.error < 0.5


@pytest.mark.parametrize("angle", [-31.0, 17.0, 45.0])
def test_any_angle(angle: float) -> None:
    upright = blank(3)
    height, width = upright.shape
    side = int(1.2 * max(height, width))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.85)
    turn[:, 2] += side / 2 - np.array([width / 2, height / 2])
    seen = cv2.warpAffine(upright, turn, (side, side), borderValue=90)
    scale = np.array([[sheet.SCALE, 0, -0.5], [0, sheet.SCALE, -0.5], [0, 0, 1]])
    assert off(register(seen, FORM), np.vstack((turn, [0, 0, 1])) @ scale) < 1.0


def covered(picture: np.ndarray, *names: int) -> np.ndarray:
    hidden = picture.copy()
    for name in names:
        for square in FORM.page(2).marks[name].squares:
            x0, y0, x1, y1 = (round(v * sheet.SCALE) for v in square)
            hidden[y0 - 9 : y1 + 9, x0 - 9 : x1 + 9] = 240
    return hidden


def test_one_corner_may_be_missing_and_costs_quality() -> None:
    for corner, name in enumerate(("top left", "top right", "bottom left", "bottom right")):
        found = register(covered(blank(2), corner), FORM)
        assert found.missing == (name,)
        assert found.quality < register(blank(2), FORM).quality
        truth = np.array([[sheet.SCALE, 0, -0.5], [0, sheet.SCALE, -0.5], [0, 0, 1]])
        assert off(found, truth) < 1.5
        assert placed(covered(blank(2), corner), found, truth) < 0.5


def test_a_page_that_leaves_the_picture_names_its_corners() -> None:
    picture = blank(1)
    with pytest.raises(CornerMissing) as caught:
        register(np.ascontiguousarray(picture[: picture.shape[0] * 2 // 3]), FORM)
    assert "bottom left, bottom right" in caught.value.text("en")
    assert "kiri bawah, kanan bawah" in caught.value.text("id")


def test_outlines_do_for_corners_that_are_missing() -> None:
    hidden = covered(blank(2), 0, 3)
    found = register(hidden, FORM)
    assert set(found.missing) == {"top left", "bottom right"}
    truth = np.array([[sheet.SCALE, 0, -0.5], [0, sheet.SCALE, -0.5], [0, 0, 1]])
    assert placed(hidden, found, truth) < 0.5


def test_no_page() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (1500, 1000)).astype(np.uint8)
    for picture in (np.full((1200, 900), 200, np.uint8), noise):
        with pytest.raises(NoPage):
            register(picture, FORM)


def tiled(tile: np.ndarray, side: int) -> np.ndarray:
    return np.tile(np.pad(tile, len(tile) // 4, constant_values=255), (side // len(tile) * 2 // 3,) * 2)


def test_a_picture_full_of_squares_is_not_searched_for_minutes() -> None:
    """A detector that compares each square with every other takes longer than all pages of a TPS for 15,000 of them."""
    squares = tiled(np.zeros((24, 24), np.uint8), 4000)
    assert not tag.find(Photo(squares))
    with pytest.raises(NoPage):
        register(squares, FORM)


def test_of_a_wall_of_tags_only_some_are_read() -> None:
    code = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), 102, 80)
    wall = tiled(code, 4000)
    assert 1 <= len(tag.find(Photo(wall))) <= 12
    with pytest.raises(CornerMissing):
        register(wall, FORM)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_mirrored_photo_is_no_page(page: int) -> None:
    taken = specimen.sample(FORM, page, np.random.default_rng(page), 0.2)
    with pytest.raises(NoPage):
        register(np.ascontiguousarray(guard.gray(taken.jpeg)[:, ::-1]), FORM, page)


def test_a_page_of_text_is_no_page() -> None:
    """Its lines are exactly straight: four letters on one of them place nothing."""
    picture = np.full((4000, 3000), 240, np.uint8)
    for y in range(40, 4000, 40):
        cv2.putText(picture, "KPPS 0123456789 SUARA SAH " * 8, (0, y), 0, 1.0, 10, 2)
    with pytest.raises(NoPage):
        register(picture, FORM, 2)


def test_a_page_of_another_form() -> None:
    tag = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), 7, 200)
    picture = np.full((1500, 1000), 230, np.uint8)
    picture[200:400, 700:900] = tag
    with pytest.raises(WrongForm):
        register(picture, FORM)


def test_a_page_too_small_to_read() -> None:
    small = cv2.resize(blank(1), None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    with pytest.raises((TooSmall, Blurred, NoPage)):
        register(small, FORM)


@pytest.mark.real
@pytest.mark.parametrize("page", [1, 2, 3])
def test_the_real_blank_pages(shared: Path, page: int) -> None:
    folder = shared / "data/forms/c_hasil_ppwp_2024"
    picture = guard.gray((folder / f"blank_C.HASIL-PPWP_hal{page}_2000x3000.png").read_bytes())
    found = register(picture, FORM)
    assert found.page.number == page
    scale = 2000 / 600
    assert off(found, np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])) < 1.0


@pytest.mark.real
@pytest.mark.parametrize(("name", "page"), [("trial-run", 2), ("trial-run-total", 3)])
def test_the_real_photos_of_screens(shared: Path, name: str, page: int) -> None:
    """Each printed outline is looked for near its predicted place, along lines across it, without the homography."""
    picture = guard.gray((shared / f"data/forms/photos_2024_of_screens/{name}.jpg").read_bytes())
    found = register(picture, FORM)
    assert found.page.number == page
    offsets = []
    fields = found.page.fields
    for field, shift in zip(fields, align.shifts(picture, found.homography, fields), strict=True):
        for box in align.moved(field, shift).boxes:
            cx, cy = box.centre
            for edge, inward in (
                ((box.x0, cy), (1, 0)),
                ((box.x1, cy), (-1, 0)),
                ((cx, box.y0), (0, 1)),
                ((cx, box.y1), (0, -1)),
            ):
                offsets.append(_outline(picture, found, edge, inward, (box.width, box.height)))
    assert np.median(np.abs(offsets)) < 0.4
    assert np.abs(offsets).max() < 1.0


def _outline(
    picture: np.ndarray,
    found: Registration,
    edge: tuple[float, float],
    inward: tuple[int, int],
    size: tuple[float, float],
) -> float:
    """Where the dark line lies across a box's edge, in mm from where the template has it."""
    across = np.linspace(-2.5, 2.5, 101)
    along = np.linspace(-0.42, 0.42, 61)
    dx, dy = inward
    x = edge[0] + across[:, None] * dx + along[None] * size[0] * abs(dy)
    y = edge[1] + across[:, None] * dy + along[None] * size[1] * abs(dx)
    at = found.px(np.column_stack((x.ravel(), y.ravel()))).astype(np.float32).reshape(101, 61, 2)
    profile = np.median(cv2.remap(picture, at, None, cv2.INTER_LINEAR), axis=1).astype(float)
    dark = np.clip(np.percentile(profile, 70) - profile, 0, None)
    dark[dark < dark.max() / 2] = 0
    return float((dark * across).sum() / max(dark.sum(), 1e-9))


@pytest.mark.real
def test_the_scans_of_2019(shared: Path) -> None:
    """No tag, marks that are faint or cut off: the layout decides, and boxes lie where they are printed."""
    scanned = form.load("c1_ppwp_2019")
    for file in sorted((shared / "data/forms/scans_2019").glob("*.png"))[3::11]:
        picture = guard.gray(file.read_bytes())
        found = register(picture, scanned)
        assert found.page.number == int(file.stem[-1])
        assert np.abs(align.shifts(picture, found.homography, found.page.fields)).max() < 1.0
