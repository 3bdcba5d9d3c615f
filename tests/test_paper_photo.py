"""Photos: the truth that comes with them is the truth."""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election import form
from paper import condition, photo, sample, sensor, sheet
from paper.picture import Picture
from suara.cli import HOLDS
from suara.commands import form as command


@pytest.fixture(scope="module")
def ppwp() -> form.Form:
    return form.load("c_hasil_ppwp_2024")


def _open(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def _seen(points: object, homography: np.ndarray) -> np.ndarray:
    return cv2.perspectiveTransform(np.array([points], np.float64), homography)[0]


def _detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10), parameters)


@pytest.mark.parametrize("hardness", [0.0, 0.1, 1.0])
def test_the_same_seed_takes_the_same_photo(ppwp: form.Form, hardness: float) -> None:
    taken = [sample(ppwp, 1, np.random.default_rng(seed), hardness) for seed in (1, 1, 2)]
    prints = [hashlib.sha256(specimen.jpeg).digest() for specimen in taken]
    assert prints[0] == prints[1] != prints[2]
    assert taken[0].labels == taken[1].labels
    np.testing.assert_array_equal(taken[0].homography, taken[1].homography)


def test_the_homography_meets_the_tag_and_the_corner_squares(ppwp: form.Form) -> None:
    for seed in range(9):
        page = ppwp.page(1 + seed % 3)
        specimen = sample(ppwp, page.number, np.random.default_rng(seed), hardness=0.05)
        image = _open(specimen.jpeg)
        corners, ids, _ = _detector().detectMarkers(image)
        assert ids.ravel().tolist() == [page.tag_id]
        off = np.abs(corners[0][0] - _seen(page.tags[0].corners, specimen.homography))
        assert off.max() < 1.5
        assert off.mean() < 0.7
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        for square in (square for mark in page.marks for square in mark.squares):
            x, y = _seen([square.centre], specimen.homography)[0]
            assert np.abs(_blob(grey, x, y) - (x, y)).max() < 1.5


def _blob(grey: np.ndarray, x: float, y: float) -> np.ndarray:
    """Where the dark blob around (x, y) has its centre; its own neighbour touches it only at one corner."""
    reach = 9
    x0, y0 = round(x) - reach, round(y) - reach
    dark = np.clip(120.0 - grey[y0 : y0 + 2 * reach + 1, x0 : x0 + 2 * reach + 1], 0, None)
    rows, columns = np.mgrid[0 : 2 * reach + 1, 0 : 2 * reach + 1]
    near = np.maximum(np.abs(rows - reach), np.abs(columns - reach)) <= 9
    weight = dark * near
    return np.array([x0 + (weight * columns).sum() / weight.sum(), y0 + (weight * rows).sum() / weight.sum()])


def test_a_phone_held_sideways_keeps_the_truth(ppwp: form.Form) -> None:
    blank, sideways = sheet.raster(ppwp, 2), []
    for seed in range(16):
        taken = photo.photograph(
            blank, np.random.default_rng(seed), size=(750, 1126), conditions={"turned": 1, "defocus": 0.2}
        )
        if taken.size == (1126, 750):
            sideways.append(taken)
    assert 3 < len(sideways) < 16
    for taken in sideways:
        assert _open(taken.jpeg).shape[:2] == (750, 1126)
        corners, ids, _ = _detector().detectMarkers(_open(taken.jpeg))
        if ids is not None:
            assert np.abs(corners[0][0] - _seen(ppwp.page(2).tags[0].corners, taken.homography)).max() < 6


def test_the_whole_page_is_in_the_picture_and_the_file_is_small(ppwp: form.Form) -> None:
    width, height = ppwp.page_size_mm
    for seed in range(8):
        specimen = sample(ppwp, 1 + seed % 3, np.random.default_rng(seed), hardness=seed / 7)
        if not specimen.conditions.keys() & {"cut", "covered_tag"}:
            corners = specimen.where(np.array([(0, 0), (width, 0), (width, height), (0, height)]))
            assert corners.min() >= -20  # a bent sheet may rise out of the picture by its margin
            assert not specimen.hidden
        assert len(specimen.jpeg) <= sensor.LARGEST


def test_a_box_of_the_template_is_a_box_in_the_photo(ppwp: form.Form) -> None:
    specimen = sample(ppwp, 1, np.random.default_rng(5), hardness=0.3, figures={})
    assert {label for labels in specimen.labels.values() for label in labels} == {" "}
    grey = cv2.cvtColor(_open(specimen.jpeg), cv2.COLOR_BGR2GRAY).astype(float)
    for field in ppwp.page(1).fields:
        for box in field.boxes:
            (x, y), edge = box.centre, [((box.x0 + box.x1) / 2, box.y0), (box.x0, (box.y0 + box.y1) / 2)]
            inside = _at(grey, _seen([(x, y)], specimen.homography)[0])
            for point in edge:
                assert _at(grey, _seen([point], specimen.homography)[0]) < inside - 40


def test_a_photo_without_hardship_is_flat_and_its_homography_exact(ppwp: form.Form) -> None:
    specimen = sample(ppwp, 1, np.random.default_rng(1), hardness=0)
    points = np.random.default_rng(2).uniform(0, 600, (50, 2))
    assert specimen.conditions == {}
    assert specimen.view.flat
    np.testing.assert_allclose(specimen.where(points), _seen(points, specimen.homography), atol=1e-6)


@pytest.mark.parametrize("name", condition.CONDITIONS)
def test_each_hardship_changes_the_picture_and_keeps_the_truth(ppwp: form.Form, name: str) -> None:
    page, tags = ppwp.page(2), [ppwp.page(2).tags[0].rect]
    blank = sheet.picture(ppwp, 2)
    plain, hard = (
        photo.photograph(blank, np.random.default_rng(4), size=(1000, 1400), conditions=asked, tags=tags)
        for asked in ({}, {name: 0.8})
    )
    assert hard.conditions == {name: 0.8}
    assert hard.jpeg != plain.jpeg
    grey = cv2.cvtColor(_open(hard.jpeg), cv2.COLOR_BGR2GRAY)
    grey = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((25, 25), np.uint8)).astype(float)
    corners = np.array([[(x, y) for x in (b.x0, b.x1) for y in (b.y0, b.y1)] for f in page.fields for b in f.boxes])
    seen = hard.shows(corners.reshape(-1, 2)).reshape(-1, 4).all(1)
    assert seen.sum() >= 3
    for field, places in zip([b for f in page.fields for b in f.boxes], corners, strict=True):
        if not hard.shows(places).all():
            continue
        # The frame of a box is darker than what lies beside it, and lies where the truth says.
        side = [(x, field.y0) for x in np.linspace(field.x0 + 2, field.x1 - 2, 9)]
        on, off = (
            np.array([grey[round(y), round(x)] for x, y in hard.view.where(np.add(side, (0, move)))])
            for move in (0.0, -2.0)
        )
        assert on.mean() > off.mean()


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.dictionaries(st.sampled_from(["fold", "curl", "crumple", "lens", "perspective", "turned", "rotation", "cut"]),
                    st.floats(0, 1), max_size=5),
)  # fmt: skip
def test_where_and_back_are_inverse(seed: int, conditions: dict[str, float]) -> None:
    rng = np.random.default_rng(seed)
    page = Picture(np.full((360, 240), 250, np.uint8))
    seen = photo.photograph(page, rng, size=(200, 300), scale=0.4, conditions=conditions).view
    points = rng.uniform(0, 1, (60, 2)) * (600, 900)
    # Distances in pixels of a photo of the usual size.
    off = (seen.where(seen.back(seen.where(points))) - seen.where(points)) * 8
    assert np.abs(off).max() < 0.5


def test_a_hand_on_the_tag_hides_what_lies_under_it_and_a_cut_what_is_outside(ppwp: form.Form) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        covered = sample(ppwp, 2, rng, conditions={"covered_tag": 1.0}, size=(1000, 1400))
        _, ids, _ = _detector().detectMarkers(_open(covered.jpeg))
        assert ids is None
        cut = sample(ppwp, 1, rng, conditions={"cut": 1.0}, size=(1000, 1400))
        for field in ppwp.page(1).fields:
            centres = cut.where(np.array([box.centre for box in field.boxes]))
            if ((centres < 0) | (centres > cut.size)).any():
                assert field.name in cut.hidden


@pytest.mark.parametrize("name, strength", [("haze", 0.5), ("fold", 1.5), ("fold", -0.1)])
def test_a_hardship_that_there_is_not_is_refused(ppwp: form.Form, name: str, strength: float) -> None:
    with pytest.raises(condition.UnknownCondition, match=name):
        sample(ppwp, 1, np.random.default_rng(0), conditions={name: strength})


def test_hardness_brings_more_and_stronger_hardships() -> None:
    rng = np.random.default_rng(0)
    drawn = {h: [condition.drawn(h, rng) for _ in range(300)] for h in (0.0, 0.4, 1.0)}
    count = {h: np.mean([len(has) for has in many]) for h, many in drawn.items()}
    assert count[0.0] == 0 < 1 < count[0.4] < 4 < 5 < count[1.0] < 9
    assert max(max(has.values(), default=0) for has in drawn[0.4]) <= 0.4
    assert {name for has in drawn[1.0] for name in has} == set(condition.CONDITIONS)


@pytest.mark.parametrize("size", [(600, 834), (2448, 3264), (3000, 4000)])
def test_photos_from_half_a_megapixel_to_twelve(ppwp: form.Form, size: tuple[int, int]) -> None:
    specimen = sample(ppwp, 1, np.random.default_rng(3), 0.2, size=size)
    assert _open(specimen.jpeg).shape[:2] == specimen.size[::-1]
    assert sorted(specimen.size) == sorted(size)
    if size[0] > 1000:
        corners, _, _ = _detector().detectMarkers(_open(specimen.jpeg))
        off = corners[0][0] - specimen.where(np.array(ppwp.page(1).tags[0].corners))
        assert np.abs(off).max() < 1.5 * size[0] / 1500


def _at(grey: np.ndarray, point: np.ndarray) -> float:
    """The darkest of the nearest pixels."""
    x, y = np.rint(point).astype(int)
    return float(grey[y - 1 : y + 2, x - 1 : x + 2].min())


def test_the_command_writes_photos_and_their_truth(ppwp: form.Form, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    for folder in ("a", "b"):
        out = str(tmp_path / folder)
        args = parser.parse_args(["form", "fill", "ppwp", "--seed", "4", "--hardness", "0.2", "--out", out])
        assert args.func(args) == HOLDS
    truth = json.loads((tmp_path / "a/truth.json").read_text())
    assert [page["page"] for page in truth["pages"]] == [1, 2, 3]
    figures = {name: value for page in truth["pages"] for name, value in page["figures"].items()}
    assert set(figures) == {field.name for field in ppwp.fields}
    assert figures["suara_sah"] + figures["suara_tidak_sah"] == figures["suara_total"]
    for page in truth["pages"]:
        assert (tmp_path / "a" / page["photo"]).read_bytes() == (tmp_path / "b" / page["photo"]).read_bytes()
        height, width = _open((tmp_path / "a" / page["photo"]).read_bytes()).shape[:2]
        assert page["size_px"] == [width, height]
