"""From photo to scores and to the picture that the public may see."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from election import form, scores
from election.contest import ADM, SUARA, Choice, Contest
from election.decode import decode
from ocr import bubbles
from ocr.digits import default
from ocr.reader import PUBLIC_SIDE, PageReader, masked
from ocr.register import Registration, register
from paper import specimen

FORM = form.load("c_hasil_ppwp_2024")
CONTEST = Contest("ppwp", tuple(Choice(str(n), n, str(n)) for n in (1, 2, 3)), FORM.name)
SUMMED = {"paslon_1": 90, "paslon_2": 110, "paslon_3": 10, "suara_sah": 210, "suara_tidak_sah": 5, "suara_total": 215}
ADMIN = (120, 130, 250, 100, 105, 205, 1, 2, 3, 2, 5, 7, 103, 112, 215, 255, 215, 0, 40, 0, 1, 1)
FIGURES = SUMMED | dict(zip(CONTEST.blocks[ADM], ADMIN, strict=True))


def taken(page: int, seed: int = 1, hardness: float = 0.3, figures: dict[str, int] = FIGURES) -> specimen.Specimen:
    return specimen.sample(FORM, page, np.random.default_rng(seed), hardness, figures)


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


def test_a_record_is_read_from_its_photos(reader: PageReader) -> None:
    found = [reader.read(taken(page, 3).jpeg, FORM) for page in (1, 2, 3)]
    assert [(f.page, f.fault) for f in found] == [(1, None), (2, None), (3, None)]
    readings = decode(CONTEST, [scores.decode(f.scores or b"") for f in found])
    assert readings[SUARA].figures == tuple(SUMMED.values())
    assert readings[ADM].figures == ADMIN
    assert readings[SUARA].bubbles[:3] == (90, 110, 10)
    assert readings[SUARA].probability > 0.99


@pytest.mark.real
def test_the_real_photos_of_screens_are_read(shared: Path, reader: PageReader) -> None:
    """Their example figures contradict themselves (123 + 274 + 32 is 429), and are kept as written."""
    folder = shared / "data/forms/photos_2024_of_screens"
    found = [reader.read((folder / name).read_bytes(), FORM) for name in ("trial-run.jpg", "trial-run-total.jpg")]
    reading = decode(CONTEST, [scores.decode(f.scores or b"") for f in found])[SUARA]
    assert reading.figures == (123, 274, 32, 427, 3, 430)
    assert reading.bubbles[:2] == (123, 274)
    assert not reading.consistent


def test_the_same_photo_gives_the_same_bytes(reader: PageReader) -> None:
    photo = taken(2).jpeg
    assert reader.read(photo, FORM) == reader.read(photo, FORM)


def test_names_signatures_and_surroundings_are_hidden() -> None:
    photo = np.random.default_rng(1).integers(0, 255, (3000, 2000)).astype(np.uint8)
    scale = 2.2
    place = np.array([[scale, 0, 200], [0, scale, 400], [0, 0, 1]])
    found = Registration(FORM.page(2), place, 0, 1, scale, 200, ())
    data = masked(photo, found, FORM)
    seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).astype(float)
    assert max(seen.shape) == PUBLIC_SIDE
    small = PUBLIC_SIDE / 3000
    for rect in found.page.mask:
        (x0, y0), (x1, y1) = found.px([(rect.x0, rect.y0), (rect.x1, rect.y1)]) * small
        # JPEG spreads what lies beside the edge by a block of 8 pixels, smeared beyond recognition.
        assert seen[round(y0) + 8 : round(y1) - 8, round(x0) + 8 : round(x1) - 8].std() < 2
        assert seen[round(y0) + 1 : round(y1) - 1, round(x0) + 1 : round(x1) - 1].std() < 10
    assert np.ptp(seen[:, :40]) < 20
    box = found.px([found.page.fields[0].boxes[0][:2], found.page.fields[0].boxes[0][2:]]) * small
    assert seen[round(box[0, 1]) : round(box[1, 1]), round(box[0, 0]) : round(box[1, 0])].std() > 10
    assert b"Exif" not in data


def test_bubbles_tell_marked_from_empty() -> None:
    sample = taken(2, 5)
    from ocr.guard import gray

    photo = gray(sample.jpeg)
    place = register(photo, FORM).homography
    for field in FORM.page(2).fields:
        rects = [bubble for column in field.bubbles for bubble in column]
        seen = bubbles.likelihoods(bubbles.darkness(photo, place, rects).reshape(3, 10))
        assert tuple(seen.argmax(axis=1)) == sample.bubbles[field.name]


def test_a_page_without_marks_has_no_rendition(reader: PageReader) -> None:
    photo = bytes(cv2.imencode(".jpg", np.full((900, 600), 200, np.uint8))[1])
    found = reader.read(photo, FORM)
    assert (found.page, found.fault, found.scores, found.rendition) == (None, "scan.no_page", None, None)


def test_the_model_is_small_and_named(reader: PageReader) -> None:
    from ocr.digits import MODEL

    assert MODEL.stat().st_size <= 1_000_000
    assert reader.model_sha256 == default().sha256
    flat = default().read(np.full((4, 32, 32), 180, np.float32))
    assert flat.shape == (4, 14)
    assert np.allclose(flat, flat[0])


def test_the_trained_network_is_the_network_that_reads(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from ocr.digits import Digits
    from ocr.train.network import Network, save
    from ocr.train.run import tensor

    torch.manual_seed(1)
    network = Network()
    pictures = np.random.default_rng(1).integers(0, 255, (40, 32, 32)).astype(np.uint8)
    network(tensor(pictures))  # norms see some data
    network.eval()
    save(network, tmp_path / "n.onnx", temperature=1.7)
    with torch.no_grad():
        expected = torch.log_softmax(network(tensor(pictures)) / 1.7, dim=1).numpy()
    assert np.allclose(Digits(tmp_path / "n.onnx").read(pictures.astype(np.float32)), expected, atol=1e-4)
