"""What one step of training sees: a fixed share from each source, every class about equally often.

Composed here: ink laid into empty boxes, digits struck out, two digits in one box, pictures of no box. How cameras
see them lives in `camera`, what scanners make of them in `scans`.
"""

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Struct
from torch.nn import functional

from election.scores import CLASSES
from ocr.boxes import SIDE
from ocr.digits import normalised
from ocr.train import camera, scans
from ocr.train.camera import chance, normal, uniform
from ocr.train.crops import COLOUR, Crops
from ocr.train.forms import SCENE, Boxes

VOID, BLANK = CLASSES.index("void"), CLASSES.index("blank")

CROPS, DRAWN, LAID, STRANGE, SCANNED = 84, 92, 68, 16, 28
"""Of one batch: real boxes, boxes of our forms, ink laid into empty boxes, pictures of no box, ink in scanned cells."""

SIZE = CROPS + DRAWN + LAID + STRANGE + SCANNED

_GREY = torch.tensor([0.114, 0.587, 0.299])
"""How blue, green and red make grey, as OpenCV has it."""


class Corpus(Struct, frozen=True):
    """Training material, uint8. `papers`: empty boxes, `cells`: scanned ones; `strange`: no boxes at all; `struck`:
    lines that make void."""

    crops: Crops
    drawn: Boxes
    strokes: Boxes
    papers: npt.NDArray[np.uint8]
    cells: npt.NDArray[np.uint8]
    strange: npt.NDArray[np.uint8]
    struck: npt.NDArray[np.uint8]


class Batches:
    """Draws batches without end; the same seed gives the same ones."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self._dice = torch.Generator().manual_seed(seed)
        self._corpus = corpus
        self._crops = _balance(corpus.crops.labels, {VOID: 0.3, BLANK: 0.5})
        self._drawn = _balance(corpus.drawn.labels, {VOID: 0.7})
        kinds = {VOID: 2.0, BLANK: 0.0, CLASSES.index("X"): 1.0, CLASSES.index("dash"): 2.5}
        self._strokes = _balance(corpus.strokes.labels, kinds)
        self._thin = _balance(corpus.strokes.labels, {VOID: 1.5, BLANK: 0.0, CLASSES.index("dash"): 0.7})

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """One batch: ink float[n, 1, 32, 32] as the network is given it, classes int64[n]."""
        dice = self._dice
        parts = [self._real(), self._own(), self._laid(), self._strange(), self._scanned()]
        scenes, labels = torch.cat([scenes for scenes, _ in parts]), torch.cat([labels for _, labels in parts])
        scenes, labels = self._spoiled(scenes, labels)
        lonely = torch.zeros(SIZE, dtype=torch.bool)
        lonely[:CROPS] = True
        flat = SIZE - SCANNED // 2  # half of the scanned cells are photographed besides
        seen = torch.cat((camera.shoot(scenes[:flat], lonely[:flat], dice), camera.scan(scenes[flat:], dice)))
        seen, labels = _inverted(seen, labels, dice)
        return torch.from_numpy(normalised(seen.numpy()))[:, None], labels

    def shares(self, count: int = 64) -> npt.NDArray[np.float64]:
        """How often each class comes, float64[14], by the next `count` batches."""
        labels = torch.cat([self.draw()[1] for _ in range(count)]).numpy()
        return np.bincount(labels, minlength=len(CLASSES)) / len(labels)

    def _pick(self, weights: torch.Tensor, count: int) -> torch.Tensor:
        return torch.multinomial(weights, count, replacement=True, generator=self._dice)

    def _real(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Real boxes, made grey as some camera might."""
        dice, rows = self._dice, self._pick(self._crops, CROPS).numpy()
        colour = torch.from_numpy(self._corpus.crops.colour[rows]).float()
        mix = (_GREY + normal(dice, 0.14, CROPS, 3) * chance(dice, 0.5, CROPS)[:, None]).clamp(0, 1)
        grey = torch.einsum("nijc,nc->nij", colour, mix / mix.sum(1, keepdim=True))
        labels = torch.from_numpy(self._corpus.crops.labels[rows])
        return framed(grey[:, None]), labels

    def _own(self) -> tuple[torch.Tensor, torch.Tensor]:
        rows = self._pick(self._drawn, DRAWN).numpy()
        drawn = self._corpus.drawn
        return torch.from_numpy(drawn.pictures[rows]).float()[:, None], torch.from_numpy(drawn.labels[rows])

    def _laid(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Ink in empty boxes; every fourteenth stays empty."""
        rows = self._pick(self._strokes, LAID).numpy()
        labels = torch.from_numpy(self._corpus.strokes.labels[rows]).clone()
        alpha = self._ink(rows)
        bare = chance(self._dice, 1 / 14, LAID)
        alpha[bare] = 0
        labels[bare] = BLANK
        return self._onto(self._papers(LAID), alpha), labels

    def _scanned(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Ink in scanned cells; every sixteenth stays empty."""
        rows = self._pick(self._thin, SCANNED).numpy()
        labels = torch.from_numpy(self._corpus.strokes.labels[rows]).clone()
        alpha = scans.placed(torch.from_numpy(self._corpus.strokes.pictures[rows]).float()[:, None] / 255, self._dice)
        bare = chance(self._dice, 1 / 16, SCANNED)
        alpha[bare] = 0
        labels[bare] = BLANK
        cells = self._corpus.cells[self._some(len(self._corpus.cells), SCANNED)]
        return self._onto(torch.from_numpy(cells).float()[:, None], alpha), labels

    def _papers(self, count: int) -> torch.Tensor:
        rows = torch.randint(len(self._corpus.papers), (count,), generator=self._dice).numpy()
        return torch.from_numpy(self._corpus.papers[rows]).float()[:, None]

    def _ink(self, rows: npt.NDArray[np.int64]) -> torch.Tensor:
        """How much ink lies where, 0 to 1, float[n, 1, 64, 64]: written larger, leaner, slanted, to one side."""
        dice, n = self._dice, len(rows)
        strokes = torch.from_numpy(self._corpus.strokes.pictures[rows]).float()[:, None] / 255
        thick = chance(dice, 0.3, n).nonzero()[:, 0]
        strokes = strokes.index_copy(0, thick, functional.max_pool2d(strokes[thick], 3, 1, 1))
        thin = chance(dice, 0.2, n).nonzero()[:, 0]
        strokes = strokes.index_copy(0, thin, -functional.max_pool2d(-strokes[thin], 3, 1, 1))
        small = chance(dice, 0.25, n)
        height = torch.where(small, uniform(dice, 0.26, 0.5, n), uniform(dice, 0.42, 0.95, n))
        width = height * uniform(dice, 0.7, 1.2, n)
        angle, lean = normal(dice, 0.08, n), normal(dice, 0.12, n)
        size = torch.stack((width * angle.cos(), lean - angle.sin(), angle.sin() * height, height * angle.cos()), 1)
        # From the scene back to the ink: the middle 40 of 48 pixels fill `height` of the box, half the scene.
        back = torch.linalg.inv(size.view(n, 2, 2)) * (2 * 40 / 48)
        move = normal(dice, 1.0, n, 2, 1) * torch.where(small, 0.1, 0.05)[:, None, None]
        grid = camera.laid_over(torch.cat((back, -back @ move), 2), SCENE)
        return self._broken(functional.grid_sample(strokes, grid, align_corners=False))

    def _broken(self, alpha: torch.Tensor) -> torch.Tensor:
        """A few with gaps, as a pen that runs dry or a scanner that loses thin lines leaves them."""
        rows = chance(self._dice, 0.12, len(alpha)).nonzero()[:, 0]
        if not len(rows):
            return alpha
        worn = torch.rand(len(rows), 1, 24, 24, generator=self._dice)
        kept = functional.interpolate(worn, (SCENE, SCENE), mode="bilinear") > uniform(
            self._dice, 0.15, 0.45, len(rows), 1, 1, 1
        )
        return alpha.index_copy(0, rows, alpha[rows] * kept)

    def _onto(self, paper: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
        dark = uniform(self._dice, 0.3, 0.92, len(paper), 1, 1, 1)
        return paper * (1 - dark * (alpha * 1.3).clamp(0, 1))

    def _spoiled(self, scenes: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Some of the boxes struck out, or written upon twice: void whatever they held."""
        dice, n = self._dice, len(scenes)
        struck = chance(dice, 0.045, n).nonzero()[:, 0]
        lines = torch.from_numpy(self._corpus.struck[self._some(len(self._corpus.struck), len(struck))]).float()
        scenes = scenes.index_copy(0, struck, self._onto(scenes[struck], lines[:, None] / 255))
        twice = ((labels < 10) & chance(dice, 0.035, n)).nonzero()[:, 0]
        if len(twice):
            digits = np.flatnonzero(self._corpus.strokes.labels < 10)
            second = self._ink(digits[self._some(len(digits), len(twice))])
            shift = int(torch.randint(-9, 10, (1,), generator=dice))
            scenes = scenes.index_copy(0, twice, self._onto(scenes[twice], second.roll(shift, 3)))
        labels = labels.clone()
        labels[struck] = VOID
        labels[twice] = VOID
        return scenes, labels

    def _some(self, among: int, count: int) -> npt.NDArray[np.int64]:
        return torch.randint(among, (count,), generator=self._dice).numpy()

    def _strange(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures of no box: void where there is anything to see, blank where there is nothing but grain."""
        rows = self._some(len(self._corpus.strange), STRANGE)
        scenes = torch.from_numpy(self._corpus.strange[rows]).float()[:, None]
        flat = functional.avg_pool2d(scenes[:, 0, 12:52, 12:52], 2).flatten(1).std(1) < 5
        return scenes, torch.where(flat, BLANK, VOID)


def framed(grey: torch.Tensor) -> torch.Tensor:
    """Crops float[n, 1, 38, 38] as scenes: a crop shows its box with about a tenth of its side around it."""
    edge = (SCENE - COLOUR) // 2
    return functional.pad(grey, (edge, edge, edge, edge), mode="replicate")


def _inverted(seen: torch.Tensor, labels: torch.Tensor, dice: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """A few as a negative: nobody writes white on black, so that is void."""
    rows = chance(dice, 0.02, len(seen)) & (seen.flatten(1).std(1) > 15)
    return torch.where(rows[:, None, None], 255 - seen, seen), torch.where(rows, VOID, labels)


def _balance(labels: npt.NDArray[np.int64], shares: dict[int, float]) -> torch.Tensor:
    """Weight of each row so that classes come equally often, but for those in `shares`."""
    counts = np.bincount(labels, minlength=len(CLASSES)).clip(1)
    wanted = np.array([shares.get(k, 1.0) for k in range(len(CLASSES))])
    # A class with few examples is not shown so often that each is learnt by heart.
    wanted = np.minimum(wanted, counts / 60)
    return torch.from_numpy((wanted / counts)[labels])


def given(pictures: npt.NDArray[np.uint8]) -> torch.Tensor:
    """Pictures uint8[n, 32, 32] exactly as the reader gives them to the network."""
    if pictures.shape[1:] != (SIDE, SIDE):
        raise ValueError(f"pictures are {SIDE} pixels a side")
    return torch.from_numpy(normalised(pictures.astype(np.float32)))[:, None]
