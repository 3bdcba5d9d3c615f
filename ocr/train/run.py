"""One training run from seed to ONNX file: gather, train, calibrate, measure, write.

Everything random comes from the seed. The test parts are split by writer where writers are known (each photographed
form has its own), and by file number for the crops of real forms, whose writers nobody recorded.
"""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct
from torch import nn

from election import form
from election.scores import CLASSES
from ocr.boxes import SIDE
from ocr.digits import normalised
from ocr.train import forms, glyphs
from ocr.train.forms import Boxes
from ocr.train.network import Network, save

Say = Callable[[str], None]

BATCH = 128
TEST_FROM = 601
"""Crops with a file number from here on are never trained on (about a fifth of every class)."""

CALIBRATE_TO = 676
"""Of those, the ones below this choose the temperature; the rest only measures."""


class Corpus(Struct, frozen=True):
    """Training material, and the parts held out."""

    drawn: Boxes
    empty: npt.NDArray[np.uint8]
    strokes: Boxes
    crops: Boxes
    held_drawn: Boxes
    held_crops: Boxes
    held_numbers: npt.NDArray[np.int64]


def gather(data: Path, seed: int, photos: int) -> Corpus:
    """Draw forms and read the digit files of `data`. `photos`: how many pages of 66 boxes to draw."""
    sheet = form.load("c_hasil_ppwp_2024")
    drawn = forms.many(sheet, {1: photos, 2: 2 * photos, 3: photos // 2}, seed)
    held = forms.many(sheet, {1: photos // 8, 2: photos // 3, 3: photos // 8}, seed + 1_000_003)
    zeros_file = Path(__file__).with_name("zeros.json")
    zeros = {int(number): kind for kind, numbers in json.loads(zeros_file.read_text()).items() for number in numbers}
    crops, numbers = glyphs.crops(data / "c_hasil_2024_crops.parquet", zeros)
    test = numbers >= TEST_FROM
    return Corpus(
        drawn=drawn,
        empty=drawn.pictures[drawn.labels == CLASSES.index("blank")],
        strokes=glyphs.ink(data),
        crops=Boxes(crops.pictures[~test], crops.labels[~test]),
        held_drawn=held,
        held_crops=Boxes(crops.pictures[test], crops.labels[test]),
        held_numbers=numbers[test],
    )


def epoch(corpus: Corpus, rng: np.random.Generator, share: float) -> Boxes:
    """One epoch's pictures, augmented; `share` scales how many strokes without a box are used."""
    laid = rng.choice(len(corpus.strokes.labels), int(share * len(corpus.strokes.labels)), replace=False)
    papers = rng.integers(0, len(corpus.empty), len(laid))
    pictures = [corpus.drawn.pictures, corpus.crops.pictures]
    labels = [corpus.drawn.labels, corpus.crops.labels]
    ink = corpus.strokes.pictures
    pictures.append(np.array([glyphs.lay(ink[i], corpus.empty[p], rng) for i, p in zip(laid, papers, strict=True)]))
    labels.append(corpus.strokes.labels[laid])
    pairs = rng.choice(laid, (len(laid) // 5, 2))
    spoiled = [glyphs.spoiled(ink[i], ink[j], corpus.empty[(i + j) % len(corpus.empty)], rng) for i, j in pairs]
    pictures.append(np.array(spoiled))
    labels.append(np.full(len(pairs), glyphs.VOID))
    bare = rng.integers(0, len(corpus.empty), len(laid) // 16)
    pictures.append(corpus.empty[bare])
    labels.append(np.full(len(bare), CLASSES.index("blank")))
    flat = np.concatenate(pictures)
    return Boxes(np.array([augmented(picture, rng) for picture in flat]), np.concatenate(labels))


def augmented(picture: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A box seen by another camera: turned, moved, nearer, blurred, darker, noisier."""
    angle, zoom = rng.normal(0, 0.05), rng.uniform(0.92, 1.14)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn + rng.normal(0, 0.03, (2, 2))
    middle = np.full(2, (SIDE - 1) / 2)
    move = middle + rng.normal(0, 1.0, 2) - turn @ middle
    seen = cv2.warpAffine(picture, np.column_stack((turn, move)), (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.4:
        seen = cv2.GaussianBlur(seen, (0, 0), float(rng.uniform(0.3, 1.1)))
    gain, lift = rng.uniform(0.5, 1.15), rng.uniform(0, 30)
    noisy = seen * gain + lift + rng.normal(0, rng.uniform(0, 7), seen.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def tensor(pictures: npt.NDArray[np.uint8]) -> torch.Tensor:
    """What the network is given, exactly as the reader gives it."""
    return torch.from_numpy(normalised(pictures.astype(np.float32))[:, None])


def train(corpus: Corpus, seed: int, epochs: int, say: Say) -> Network:
    """Train with AdamW and one cycle of the learning rate, on one core."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Network()
    first = epoch(corpus, rng, 0.25)
    steps = epochs * math.ceil(len(first.labels) / BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.01)
    for number in range(epochs):
        boxes = first if number == 0 else epoch(corpus, rng, 0.25)
        network.train()
        losses = []
        for x, y in _batches(boxes, rng):
            loss = loss_of(network(x), y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        drawn, crops = accuracy(network, corpus.held_drawn), accuracy(network, corpus.held_crops)
        say(f"epoch {number + 1}/{epochs} loss {np.mean(losses):.4f} held-out: drawn {drawn:.4f} crops {crops:.4f}")
    return network


def _batches(boxes: Boxes, rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    order = rng.permutation(len(boxes.labels))
    inputs, labels = tensor(boxes.pictures), torch.from_numpy(boxes.labels)
    for start in range(0, len(order), BATCH):
        some = torch.from_numpy(order[start : start + BATCH])
        yield inputs[some], labels[some]


def logits(network: Network, boxes: Boxes) -> npt.NDArray[np.float64]:
    """The network's raw output, float64[n, 14]."""
    network.eval()
    with torch.no_grad():
        parts = [network(tensor(boxes.pictures[i : i + 1024])) for i in range(0, len(boxes.labels), 1024)]
    return torch.cat(parts).numpy().astype(np.float64)


def accuracy(network: Network, boxes: Boxes) -> float:
    """Share of boxes whose best class is the right one."""
    return float((logits(network, boxes).argmax(axis=1) == boxes.labels).mean())


def temperature(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """The divisor of the logits under which the labels are likeliest, by golden section."""
    low, high = math.log(0.3), math.log(6.0)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if _surprise(scores / math.exp(left), labels) < _surprise(scores / math.exp(right), labels):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _surprise(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Mean negative log-likelihood in nats."""
    top = scores.max(axis=1, keepdims=True)
    whole = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float((whole - scores[np.arange(len(labels)), labels]).mean())


def run(data: Path, out: Path, seed: int, epochs: int, photos: int, say: Say) -> dict[str, object]:
    """Train, calibrate on a part that is neither trained on nor measured, write `out`, and return the figures."""
    torch.set_num_threads(1)
    corpus = gather(data, seed, photos)
    say(f"drawn {len(corpus.drawn.labels)}, crops {len(corpus.crops.labels)}, strokes {len(corpus.strokes.labels)}")
    network = train(corpus, seed, epochs, say)
    chooses = corpus.held_numbers < CALIBRATE_TO
    drawn, crops = logits(network, corpus.held_drawn), logits(network, corpus.held_crops)
    half = len(drawn) // 2
    heat = temperature(
        np.concatenate((drawn[:half], crops[chooses])),
        np.concatenate((corpus.held_drawn.labels[:half], corpus.held_crops.labels[chooses])),
    )
    save(network, out, heat)
    figures = {
        "seed": seed,
        "epochs": epochs,
        "temperature": round(heat, 3),
        "drawn": _figures(drawn[half:] / heat, corpus.held_drawn.labels[half:]),
        "crops": _figures(crops[~chooses] / heat, corpus.held_crops.labels[~chooses]),
    }
    say(json.dumps(figures))
    return figures


def _figures(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> dict[str, object]:
    """Box error, surprise, and the errors that occur, as `true>read`."""
    best = scores.argmax(axis=1)
    wrong = np.flatnonzero(best != labels)
    pairs = sorted(f"{CLASSES[labels[i]]}>{CLASSES[best[i]]}" for i in wrong)
    return {
        "boxes": len(labels),
        "error": round(len(wrong) / len(labels), 5),
        "surprise": round(_surprise(scores, labels), 5),
        "confused": {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)},
    }
