"""The digit network: from pictures of boxes to how well each of 14 classes explains them. Runs on onnxruntime alone.

A small network sees every box; a larger one is asked where that is unsure. Both files lie in `ocr/model` with their
card; one SHA-256 over both is part of every reading. Training is `ocr.train`.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from numba import njit

from election.scores import CLASSES

Pictures = npt.NDArray[np.uint8] | npt.NDArray[np.float32]

MODEL: Final = Path(__file__).with_name("model") / "digits.onnx"
SECOND: Final = MODEL.with_name("second.onnx")

FAINT: Final = 24.0
"""Grey levels between paper and the darkest, below which a picture is taken to show little."""

DARKEST: Final = 0.02
PAPER: Final = 0.8
"""Of a picture's pixels, how many are darker than what counts as its darkest, and than its paper."""

FLOOR: Final = 1e-6
"""No class is ever ruled out beyond this: calibration on some ten thousand boxes supports no more."""


def normalised(pictures: Pictures) -> npt.NDArray[np.float32]:
    """Ink from 0 (paper) to about 1 (the darkest in the picture), float32 of the same shape.

    Paper is what a fifth of the picture is brighter than, and the darkest what a fiftieth is darker than; where there
    is hardly any contrast, noise is not blown up.
    """
    flat = pictures.reshape(len(pictures), -1)
    last = flat.shape[1] - 1
    if flat.dtype == np.uint8:
        ink = np.empty(flat.shape, np.float32)
        _counted(flat, round(DARKEST * last), round(PAPER * last), ink)
        return ink.reshape(pictures.shape)
    # Whole rows are sorted because that is vectorised, and three times faster than looking for two percentiles.
    ranked = np.sort(flat, axis=1)
    low, paper = (ranked[:, round(part * last), None].astype(np.float32) for part in (DARKEST, PAPER))
    ink = (paper - flat) / np.maximum(paper - low, np.float32(FAINT))
    return np.clip(ink, -0.25, 1.25).astype(np.float32, copy=False).reshape(pictures.shape)


@njit(cache=True, nogil=True)
def _counted(flat: npt.NDArray[np.uint8], darkest: int, brightest: int, ink: npt.NDArray[np.float32]) -> None:
    """`normalised`, number for number, where there are 256 greys: a twentieth of the time. Both arrays [n, pixels]."""
    table = np.empty(256, np.float32)
    for row in range(len(flat)):
        counts = np.zeros(256, np.int64)
        for pixel in range(flat.shape[1]):
            counts[flat[row, pixel]] += 1
        below, low, paper = 0, 255, 255
        for grey in range(256):
            below += counts[grey]
            if below > darkest:
                low = min(low, grey)
            if below > brightest:
                paper = min(paper, grey)
        depth = max(np.float32(paper - low), np.float32(FAINT))
        for grey in range(256):
            table[grey] = min(max(np.float32(paper - grey) / depth, np.float32(-0.25)), np.float32(1.25))
        for pixel in range(flat.shape[1]):
            ink[row, pixel] = table[flat[row, pixel]]


UNSURE: Final = 0.9
"""A box whose best class has less than this is looked at again, by the second network: about one in twenty."""

BLANK: Final = CLASSES.index("blank")

MIDDLE: Final = slice(9, 23)
"""Rows and columns of a picture inside its box, where no outline reaches."""

DARK: Final = 0.5
"""Ink from which on a pixel is a pen's: the dots of a printed guide are paler, also where they are all there is."""

INKED: Final = 0.015
"""Of the middle, the part that is dark from which on something is written. No blank of 600 drawn boxes and of 12 real
ones has as much, and of a hundred written ones some three have less."""

NOT_BLANK: Final = 0.02
"""What remains of a box's likelihood to be blank where something is written."""

BESIDE: Final = ((-1, -1), (1, 1))
"""Pixels down and to the right by which its picture is moved each time: two looks are as good as four."""


def moved(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Pictures [n, 32, 32] moved each way of `BESIDE`, [2 n, 32, 32]; what moves in repeats the edge."""
    side = np.arange(ink.shape[1])
    ways = [(np.clip(side - down, 0, side[-1]), np.clip(side - right, 0, side[-1])) for down, right in BESIDE]
    return np.concatenate([ink[:, rows][:, :, columns] for rows, columns in ways])


def unblanked(chance: npt.NDArray[np.float64], ink: npt.NDArray[np.float32]) -> None:
    """Take from the likelihoods to be blank, in `chance` float64[n, 14], what dark ink [n, 32, 32] contradicts."""
    some = np.flatnonzero(chance[:, BLANK] > FLOOR / NOT_BLANK)
    inked = some[(ink[some, MIDDLE, MIDDLE] > DARK).mean(axis=(1, 2)) > INKED]
    chance[inked, BLANK] *= NOT_BLANK
    chance[inked] /= chance[inked].sum(axis=1, keepdims=True)


def agreed(answers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What several answers, float64[m, n, 14], say together: their geometric mean, each row adding up to 1.

    A class that one of them nearly rules out is unlikely then, however sure the others are.
    """
    mean = np.exp(np.log(np.maximum(answers, FLOOR)).mean(axis=0))
    return np.asarray(mean / mean.sum(axis=1, keepdims=True), np.float64)


PIECE: Final = 64
"""Boxes that a network sees at once: what lies between its layers then stays in the processor's cache."""


class Network:
    """A network as its file `data` has it, on one thread."""

    def __init__(self, data: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def chances(self, ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Probabilities float64[n, 14] of the classes, of ink [n, 32, 32]."""
        pieces = [ink[start : start + PIECE, None] for start in range(0, len(ink), PIECE)]
        scores = np.concatenate([self._session.run(None, {"ink": piece})[0] for piece in pieces])
        return np.exp(np.asarray(scores, np.float64))


class Digits:
    """A loaded model. One thread; instances may be shared by threads that take turns.

    `sha256` is over the files of the first and the second network, one after the other.
    """

    def __init__(self, first: Path = MODEL, second: Path = SECOND) -> None:
        parts = [path.read_bytes() for path in (first, second)]
        self.sha256 = sha256(b"".join(parts)).hexdigest()
        self.first, self.second = (Network(part) for part in parts)

    def read(self, pictures: Pictures) -> npt.NDArray[np.float64]:
        """Log-likelihoods float64[n, 14], up to a constant a row, of grey pictures [n, 32, 32].

        The networks are trained with every class about equally often, so their probabilities stand for likelihoods.
        Where the first is unsure the second is asked twice, a pixel beside: what only one exact place shows is rather
        chance than a pen. What the three answers agree on counts. A box with dark ink in its middle is not blank.
        """
        if not len(pictures):
            return np.zeros((0, len(CLASSES)))
        ink = normalised(pictures)
        chance = self.first.chances(ink)
        unsure = np.flatnonzero(chance.max(axis=1) < UNSURE)
        if len(unsure):
            beside = self.second.chances(moved(ink[unsure])).reshape(len(BESIDE), len(unsure), -1)
            chance[unsure] = agreed(np.concatenate((chance[None, unsure], beside)))
        unblanked(chance, ink)
        return np.log(np.maximum(chance, FLOOR))


@cache
def default() -> Digits:
    """The model that is shipped."""
    return Digits()
