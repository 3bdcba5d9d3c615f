"""How far a network's probabilities can be believed, and what divides its logits so that they can."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def softmax(scores: Floats) -> Floats:
    """Probabilities float64[n, k] of logits."""
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), np.float64)


def surprise(scores: Floats, labels: Labels) -> float:
    """Mean negative log-likelihood of the labels in nats, of logits float64[n, k]."""
    top = scores.max(axis=1, keepdims=True)
    whole = np.log(np.exp(scores - top).sum(axis=1)) + top[:, 0]
    return float((whole - scores[np.arange(len(labels)), labels]).mean())


def temperature(scores: Floats, labels: Labels) -> float:
    """The divisor of the logits under which the labels are likeliest, 0.3 to 6, by golden section."""
    low, high = math.log(0.3), math.log(6.0)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if surprise(scores / math.exp(left), labels) < surprise(scores / math.exp(right), labels):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def expected_error(scores: Floats, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error of the best answers, over bins of equal width."""
    chances = softmax(scores)
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == labels
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure - right)[bin_of == k].sum())) for k in range(bins)]
    return sum(gaps) / max(1, len(labels))


def floor(scores: Floats, labels: Labels) -> float:
    """The share of boxes that may show anything, whatever the network says, under which the labels are likeliest.

    Each class then keeps a fourteenth of it. 1e-9 means that the labels give no reason for one.
    """
    given = softmax(scores)[np.arange(len(labels)), labels]
    shares = np.geomspace(1e-9, 0.1, 161)
    likely = [float(np.log((1 - share) * given + share / scores.shape[1]).sum()) for share in shares]
    return float(shares[int(np.argmax(likely))])
