"""Photos: the truth that comes with them is the truth."""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from election import form
from paper import photo, sample, sheet
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
        for mark in (square for mark in page.marks for square in mark.squares):
            x, y = _seen([mark.centre], specimen.homography)[0]
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
    for seed in range(40):
        taken = photo.photograph(
            blank, np.random.default_rng(seed), size=(750, 1126), conditions={"turned": 1, "defocus": 0.2}
        )
        if taken.size == (1126, 750):
            sideways.append(taken)
    assert 10 < len(sideways) < 40
    for taken in sideways:
        assert _open(taken.jpeg).shape[:2] == (750, 1126)
        corners, ids, _ = _detector().detectMarkers(_open(taken.jpeg))
        if ids is not None:
            assert np.abs(corners[0][0] - _seen(ppwp.page(2).tags[0].corners, taken.homography)).max() < 6


def test_the_whole_page_is_in_the_picture_and_the_file_is_small(ppwp: form.Form) -> None:
    width, height = ppwp.page_size_mm
    for seed in range(8):
        specimen = sample(ppwp, 1 + seed % 3, np.random.default_rng(seed), hardness=seed / 7)
        if "cut" in specimen.conditions:
            continue
        corners = specimen.where(np.array([(0, 0), (width, 0), (width, height), (0, height)]))
        assert corners.min() >= -1
        assert (corners <= np.array(specimen.size)).all()
        assert len(specimen.jpeg) <= photo.LARGEST


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
