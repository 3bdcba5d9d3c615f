"""One training run from seed to ONNX file: gather, train, calibrate, measure, write.

Everything random comes from the seed. The held-out parts are split by writer where writers are known (each
photographed form has its own), by the order of writing for BHMSDS, and by file number for the crops of real forms,
whose writers nobody recorded.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct
from torch.nn import functional

from election.scores import CLASSES
from ocr.boxes import SIDE
from ocr.train import batches, calibrate, crops, forms, papers, scans, strokes
from ocr.train.batches import BLANK, VOID, Batches, Corpus, given
from ocr.train.crops import Crops
from ocr.train.forms import Boxes, joined
from ocr.train.network import FIRST, Network, logits, save

Say = Callable[[str], None]

STEPS = 200
"""Batches an epoch."""

RATE = 4e-3
KEPT = 0.998
"""Of the averaged weights, what stays from one step to the next."""

TEST_FROM = 601
"""Crops with a file number from here on are never trained on (about a fifth of every class)."""

CALIBRATE_TO = 676
"""Of those, the ones below this choose the temperature; the rest only measures."""


class Held(Struct, frozen=True):
    """What is held out, pictures uint8[n, 32, 32] as the reader cuts them.

    `choose` may choose, `measure` only measures; so does `strange`, pictures of nothing that is a class of ours.
    """

    choose: dict[str, Boxes]
    measure: dict[str, Boxes]
    strange: dict[str, npt.NDArray[np.uint8]]


def gather(data: Path, seed: int, photos: int) -> tuple[Corpus, Held]:
    """Draw forms and read the digit files of `data`. `photos`: how many pages to draw, with an eighth more held out."""
    pages = forms.photographed(seed, photos)
    drawn = joined([page.scenes() for page in pages])
    real = crops.load(data / "c_hasil_2024_crops.parquet")
    train = real.where(real.numbers < TEST_FROM)
    own = drawn.pictures[drawn.labels == BLANK]
    bare = batches.framed(torch.from_numpy(crops.emptied(train)).float()[:, None])[:, 0].to(torch.uint8).numpy()
    ruled = papers.empty(seed, 4000)
    corpus = Corpus(
        crops=train,
        drawn=drawn,
        strokes=strokes.gather(data, seed, 12 * photos // 10 + 2),
        papers=np.concatenate((own[:2000], bare, ruled)),
        cells=scans.cells(seed, 6000),
        strange=np.concatenate([page.strange() for page in pages] + [papers.nothing(seed, 10 * photos)]),
        struck=strokes.struck(seed, 3000),
    )
    return corpus, _held(data, real, seed, photos)


def _held(data: Path, real: Crops, seed: int, photos: int) -> Held:
    rng = np.random.default_rng(seed + 1)
    pages = forms.photographed(seed + 1_000_003, max(1, photos // 8))
    drawn = [page.seen(rng) for page in pages]
    chooses = (real.numbers >= TEST_FROM) & (real.numbers < CALIBRATE_TO)
    measures = real.numbers >= CALIBRATE_TO
    white = np.full((1, 64, 64), 235, np.uint8)
    held = strokes.bhmsds(data, True)
    signs, letters = held.pictures[held.labels == VOID], strokes.characters(data, True).pictures
    return Held(
        choose={"drawn": joined(drawn[::2]), "crops": Boxes(real.seen[chooses], real.labels[chooses])},
        measure={"drawn": joined(drawn[1::2]), "crops": Boxes(real.seen[measures], real.labels[measures])},
        strange={
            "letters": _plain(letters, white),
            "signs": _plain(signs, white),
            "nothing": papers.nothing(seed + 1, 500)[:, 16:48, 16:48],
            "noise": rng.integers(0, 256, (300, 32, 32)).astype(np.uint8),
            "inverted": 255 - real.seen[measures],
            "struck out": _struck(real.seen[measures & (real.labels < 10)], seed + 2),
        },
    )


def _plain(ink: npt.NDArray[np.uint8], paper: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Ink on plain paper, uint8[n, 32, 32]."""
    small = functional.interpolate(torch.from_numpy(ink).float()[:, None], (26, 26), mode="area")
    framed = functional.pad(small, (3, 3, 3, 3))[:, 0].numpy() / 255
    return np.asarray(paper[0, 0, 0] * (1 - 0.8 * framed), np.uint8)


def _struck(digits: npt.NDArray[np.uint8], seed: int) -> npt.NDArray[np.uint8]:
    """Digits of real boxes with lines to and fro across them, or a scribble."""
    lines = strokes.struck(seed, len(digits))[:, 13:51, 13:51]
    small = np.array([cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in lines], np.float32)
    return np.asarray(digits * (1 - 0.7 * small / 255), np.uint8)


def train(
    corpus: Corpus,
    held: Held,
    seed: int,
    epochs: int,
    say: Say,
    stop: int | None = None,
    shape: Sequence[int] = FIRST,
) -> Network:
    """AdamW, one cycle of the rate over `epochs`, on one core; the average of the weights, after epoch `stop` if given.

    The held-out parts are only told about; nothing is chosen by them here.
    """
    torch.manual_seed(seed)
    network, average = Network(shape), Network(shape)
    average.load_state_dict(network.state_dict())
    network.to(memory_format=torch.channels_last)
    source = Batches(corpus, seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=epochs * STEPS, pct_start=0.15)
    losses: list[float] = []
    for step in range((stop or epochs) * STEPS):
        ink, labels = source.draw()
        network.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answer = network(ink.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(answer.float(), labels, label_smoothing=0.01)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        _follow(average, network, min(KEPT, step / (step + 10)))
        losses.append(float(loss.detach()))
        if (step + 1) % STEPS == 0:
            shares = {name: round(accuracy(average, boxes), 4) for name, boxes in held.choose.items()}
            say(f"epoch {(step + 1) // STEPS}/{epochs} loss {np.mean(losses[-STEPS:]):.4f} held out: {shares}")
    return average


def _follow(average: Network, network: Network, kept: float) -> None:
    """Move the average a little towards the network."""
    with torch.no_grad():
        for old, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, 1 - kept)


def accuracy(network: Network, boxes: Boxes) -> float:
    """Share of boxes whose best class is the right one."""
    return float((logits(network, given(boxes.pictures)).argmax(axis=1) == boxes.labels).mean())


def run(
    data: Path,
    out: Path,
    seed: int,
    epochs: int,
    photos: int,
    say: Say,
    stop: int | None = None,
    shape: Sequence[int] = FIRST,
) -> dict[str, Any]:
    """Train, calibrate on a part that is neither trained on nor measured, write `out`, and return the figures.

    `data`: folder of the digit files. `stop`: leave off after so many of the epochs. `shape`: of the network, `FIRST`
    or `SECOND`.
    """
    torch.set_num_threads(1)
    corpus, held = gather(data, seed, photos)
    say(f"drawn {len(corpus.drawn.labels)}, crops {len(corpus.crops.labels)}, strokes {len(corpus.strokes.labels)}")
    network = train(corpus, held, seed, epochs, say, stop, shape)
    prior = Batches(corpus, seed + 1).shares()
    return finish(network, prior, held, out, say) | {"seed": seed, "epochs": epochs, "stop": stop or epochs}


def finish(network: Network, prior: npt.NDArray[np.float64], held: Held, out: Path, say: Say) -> dict[str, Any]:
    """Calibrate, write, measure."""
    chosen = joined(list(held.choose.values()))
    scores = logits(network, given(chosen.pictures))
    heat = calibrate.temperature(scores, chosen.labels)
    bias = np.log(prior * len(CLASSES))
    save(network, out, heat, prior)
    figures: dict[str, Any] = {"temperature": round(heat, 3), "prior": [round(p, 4) for p in prior.tolist()]}
    figures["floor"] = calibrate.floor(scores / heat - bias, chosen.labels)
    for name, boxes in held.measure.items():
        figures[name] = _figures(logits(network, given(boxes.pictures)) / heat - bias, boxes.labels)
    for name, pictures in held.strange.items():
        chances = calibrate.softmax(logits(network, given(pictures)) / heat - bias)
        figures[name] = {
            "pictures": len(pictures),
            "sure digits": round(float((chances[:, :10] >= 0.99).any(1).mean()), 4),
        }
    say(json.dumps(figures))
    return figures


def _figures(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Box error, surprise, calibration, and the errors that occur, as `true>read`."""
    best = scores.argmax(axis=1)
    wrong = np.flatnonzero(best != labels)
    pairs = sorted(f"{CLASSES[labels[i]]}>{CLASSES[best[i]]}" for i in wrong)
    return {
        "boxes": len(labels),
        "wrong": len(wrong),
        "error": round(len(wrong) / len(labels), 5),
        "surprise": round(calibrate.surprise(scores, labels), 5),
        "calibration": round(calibrate.expected_error(scores, labels), 5),
        "confused": {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)},
    }
