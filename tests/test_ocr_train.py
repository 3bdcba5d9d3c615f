"""The training of the digit network: its pieces by themselves, the ONNX file against torch, one tiny run."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from election.scores import CLASSES
from ocr.train import calibrate

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from ocr import digits  # noqa: E402 - after the skip
from ocr.digits import normalised  # noqa: E402
from ocr.train import camera, network, papers, run, scans, strokes  # noqa: E402
from ocr.train.batches import SIZE, VOID, Batches, Corpus  # noqa: E402
from ocr.train.crops import COLOUR, Crops, file_number  # noqa: E402
from ocr.train.forms import Boxes  # noqa: E402


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Training material of every kind, tiny, without files: random crops, ink of our own writers."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 11
    return Corpus(
        crops=Crops(
            rng.integers(0, 255, (40, COLOUR, COLOUR, 3)).astype(np.uint8),
            rng.integers(0, 255, (40, 32, 32)).astype(np.uint8),
            labels,
            np.arange(40),
        ),
        drawn=Boxes(papers.empty(1, 28), np.arange(28) % 14),
        strokes=strokes.penned(0, 3),
        papers=papers.empty(0, 20),
        cells=scans.cells(0, 20),
        strange=papers.nothing(0, 20),
        struck=strokes.struck(0, 20),
    )


def test_the_same_seed_draws_the_same_batches(corpus: Corpus) -> None:
    one, same, other = (Batches(corpus, seed) for seed in (7, 7, 8))
    for _ in range(2):
        (ink, labels), (again, labels_again) = one.draw(), same.draw()
        assert torch.equal(ink, again)
        assert torch.equal(labels, labels_again)
        assert not torch.equal(ink, other.draw()[0])


def test_a_batch_is_what_the_network_is_given(corpus: Corpus) -> None:
    ink, labels = Batches(corpus, 1).draw()
    assert ink.shape == (SIZE, 1, 32, 32)
    assert ink.dtype == torch.float32
    assert bool(torch.isfinite(ink).all())
    assert float(ink.min()) >= -0.25
    assert float(ink.max()) <= 1.25
    assert len(labels) == SIZE
    assert 0 <= int(labels.min()) <= int(labels.max()) < len(CLASSES)
    assert VOID in labels


def test_shares_of_the_classes_add_up_and_void_comes_most(corpus: Corpus) -> None:
    shares = Batches(corpus, 2).shares(2)
    assert shares.sum() == pytest.approx(1)
    assert shares.argmax() == VOID


def test_cameras_answer_with_grey_pictures_of_the_readers_size() -> None:
    dice = torch.Generator().manual_seed(3)
    scenes = torch.from_numpy(papers.empty(5, 32)).float()[:, None]
    seen = camera.shoot(scenes, torch.ones(32, dtype=torch.bool), dice)
    assert seen.shape == (32, 32, 32)
    assert float(seen.min()) >= 0
    assert float(seen.max()) <= 255


def test_scanned_cells_have_sharp_edges_and_a_scan_of_them_the_readers_size() -> None:
    cells = scans.cells(3, 40)
    assert cells.shape == (40, 64, 64)
    assert np.array_equal(cells, scans.cells(3, 40))
    assert np.mean([len(np.unique(cell)) for cell in cells]) < 70  # a blurred one has more
    seen = camera.scan(torch.from_numpy(cells).float()[:, None], torch.Generator().manual_seed(3))
    assert seen.shape == (40, 32, 32)
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 255


def test_worn_ink_stays_in_its_cell_and_is_ink() -> None:
    ink = torch.from_numpy(strokes.penned(4, 2).pictures).float()[:, None] / 255
    alpha = scans.placed(ink, torch.Generator().manual_seed(5))
    assert alpha.shape == (len(ink), 1, 64, 64)
    assert 0 <= float(alpha.min()) <= float(alpha.max()) <= 1
    assert float((alpha.flatten(1).amax(1) > 0.3).float().mean()) > 0.9
    edge = torch.cat((alpha[..., :6], alpha[..., -6:]), 3)  # twelve of the sixteen pixels of surroundings
    assert float(edge.sum() / alpha.sum()) < 0.01


def test_a_looped_2_is_one_line_with_room_around_it() -> None:
    boxes = strokes.looped(np.random.default_rng(6), 30)
    assert set(boxes.labels) == {2}
    assert (boxes.pictures.max(axis=(1, 2)) > 200).all()
    assert not boxes.pictures[:, :1].any()
    holes = [cv2.connectedComponents((picture < 100).astype(np.uint8))[0] - 2 for picture in boxes.pictures]
    assert np.mean([hole > 0 for hole in holes]) > 0.4  # paper that the loop encloses; many are not quite closed


def test_a_sixteenth_of_the_zeros_gets_a_slash_and_nothing_else_does() -> None:
    plain = Boxes(np.zeros((160, strokes.SIDE, strokes.SIDE), np.uint8), np.arange(160) % 5)
    slashed = strokes._slashed(plain, np.random.default_rng(1))
    changed = slashed.pictures.any(axis=(1, 2))
    assert changed.sum() == 2
    assert not plain.pictures.any()
    assert not slashed.labels[changed].any()


def test_our_writers_draw_every_mark_in_the_middle() -> None:
    boxes = strokes.penned(2, 2)
    assert set(boxes.labels) == {*range(10), CLASSES.index("X"), CLASSES.index("dash")}
    assert boxes.pictures.shape[1:] == (strokes.SIDE, strokes.SIDE)
    assert (boxes.pictures.max(axis=(1, 2)) > 100).all()
    assert not boxes.pictures[:, :3].any()


def test_nothing_of_the_held_out_part_was_relabelled() -> None:
    doubts = json.loads((Path(run.__file__).parent / "doubts.json").read_text())
    assert all(int(number) < run.TEST_FROM for numbers in doubts.values() for number in numbers)


def test_a_file_number_is_read_from_its_name() -> None:
    assert file_number("0_DataSet3_017.jpg") == 17
    with pytest.raises(ValueError, match="no number"):
        file_number("seventeen.jpg")


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 3.0), st.integers(0, 1000))
def test_the_temperature_undoes_what_logits_were_multiplied_by(heat: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, (4000, 5))
    labels = np.array([rng.choice(5, p=p) for p in calibrate.softmax(scores)])
    assert calibrate.temperature(scores * heat, labels) == pytest.approx(heat, rel=0.15)


def test_calibration_error_is_the_gap_between_saying_and_being_right() -> None:
    scores = np.log(np.array([[0.8, 0.2]] * 100))
    assert calibrate.expected_error(scores, np.array([0] * 80 + [1] * 20)) == pytest.approx(0, abs=1e-9)
    assert calibrate.expected_error(scores, np.array([0] * 50 + [1] * 50)) == pytest.approx(0.3)


def test_labels_that_are_sometimes_anything_ask_for_a_floor() -> None:
    rng = np.random.default_rng(0)
    sure = np.full((2000, 10), -20.0)
    labels = rng.integers(0, 10, 2000)
    sure[np.arange(2000), labels] = 0
    assert calibrate.floor(sure, labels) < 1e-6
    labels[:40] = rng.integers(0, 10, 40)
    assert calibrate.floor(sure, labels) == pytest.approx(0.02, rel=0.3)


@pytest.mark.parametrize("shape", [network.FIRST, network.SECOND])
def test_the_onnx_file_is_the_torch_network(tmp_path: Path, shape: tuple[int, ...]) -> None:
    torch.manual_seed(5)
    net = network.Network(shape)
    for norm in net.norms:
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.5, 2)
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
    prior = np.linspace(1, 2, len(CLASSES))
    prior /= prior.sum()
    network.save(net, tmp_path / "digits.onnx", 1.7, prior)
    pictures = np.random.default_rng(1).integers(0, 256, (9, 32, 32)).astype(np.uint8)
    expected = network.logits(net, run.given(pictures)) / 1.7 - np.log(prior)
    chances = calibrate.softmax(expected)
    written = (tmp_path / "digits.onnx").read_bytes()
    seen = digits.Network(written).chances(normalised(pictures.astype(np.float32)))
    assert seen == pytest.approx(chances, abs=1e-5)


def test_a_tiny_training_tells_its_loss_and_repeats_itself(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "STEPS", 2)
    held = run.Held(choose={"none": Boxes(np.zeros((1, 32, 32), np.uint8), np.array([12]))}, measure={}, strange={})
    said: list[str] = []
    first = run.train(corpus, held, 3, 2, said.append, stop=1)
    again = run.train(corpus, held, 3, 2, said.append, stop=1)
    assert said[0].startswith("epoch 1/2 loss ")
    assert said[0] == said[1]
    assert len(said) == 2
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


@pytest.mark.real
def test_one_run_from_the_digit_files_to_a_model(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "STEPS", 2)
    figures = run.run(shared / "data" / "digits", tmp_path / "digits.onnx", 1, 1, 4, lambda _: None)
    assert figures["crops"]["boxes"] > 700
    model = digits.Digits(tmp_path / "digits.onnx", tmp_path / "digits.onnx")
    assert model.read(np.zeros((1, 32, 32), np.float32)).shape == (1, 14)
