"""The network in torch, and the same network as an ONNX file; the latter is what reading uses."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from election.scores import CLASSES
from ocr.boxes import SIDE

FIRST: Final = (16, 32, 64, 96, 64)
SECOND: Final = (24, 48, 96, 144, 96)
"""Channels after each convolution, and after the hidden layer: of the network that sees every box, and of the one that
is asked where that is unsure."""

LAYERS: Final = ((5, 2), (3, 1), (3, 1), (3, 2))
"""Side of the kernel and stride of each convolution. Most of the work is done at 8×8 and 4×4, where it is cheap."""

POOLED: Final = 1
"""After this convolution the largest of each four remain."""

_LAST = SIDE // 8


class Network(nn.Module):  # type: ignore[misc]
    """Four convolutions and two dense layers, 180,000 or 400,000 weights. From ink float[n, 1, 32, 32] to 14 logits."""

    def __init__(self, shape: Sequence[int] = FIRST) -> None:
        super().__init__()
        *after, hidden = shape
        before = (1, *after[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, side, stride, side // 2, bias=False)
            for a, b, (side, stride) in zip(before, after, LAYERS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for channels in after)
        self.hidden = nn.Linear(after[-1] * _LAST * _LAST, hidden)
        self.dropout = nn.Dropout(0.2)
        self.classes = nn.Linear(hidden, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits, float[n, 14]."""
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = torch.relu(norm(convolution(x)))
            if index == POOLED:
                x = torch.max_pool2d(x, 2)
        x = torch.relu(self.hidden(self.dropout(x.flatten(1))))
        return self.classes(x)


def logits(network: Network, ink: torch.Tensor) -> npt.NDArray[np.float64]:
    """The network's raw answer, float64[n, 14], to ink float[n, 1, 32, 32]."""
    network.eval()
    with torch.no_grad():
        parts = [network(some) for some in ink.split(1024)]
    return np.asarray(torch.cat(parts).numpy(), np.float64)


def save(network: Network, path: Path, temperature: float, prior: npt.NDArray[np.float64]) -> None:
    """Write the network, its norms folded into the convolutions.

    Its answers are divided by `temperature`, and the log of `prior`, float64[14], how often each class was shown, is
    taken off: what remains are likelihoods.
    """
    nodes, weights, name = [], [], "ink"
    for index, (convolution, norm) in enumerate(zip(network.convolutions, network.norms, strict=True)):
        kernel, bias = _folded(convolution, norm)
        weights += [numpy_helper.from_array(kernel, f"k{index}"), numpy_helper.from_array(bias, f"b{index}")]
        side, stride = LAYERS[index]
        shape = {"pads": [side // 2] * 4, "strides": [stride] * 2}
        nodes.append(helper.make_node("Conv", [name, f"k{index}", f"b{index}"], [f"c{index}"], **shape))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        name = f"r{index}"
        if index == POOLED:
            nodes.append(helper.make_node("MaxPool", [name], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]))
            name = "pooled"
    nodes.append(helper.make_node("Flatten", [name], ["flat"]))
    nodes += _dense(weights, "flat", "hidden", _array(network.hidden.weight), _array(network.hidden.bias))
    nodes.append(helper.make_node("Relu", ["hidden"], ["rectified"]))
    last = _array(network.classes.weight) / np.float32(temperature)
    bias = _array(network.classes.bias) / np.float32(temperature) - np.log(prior).astype(np.float32)
    nodes += _dense(weights, "rectified", "logits", last, bias)
    nodes.append(helper.make_node("LogSoftmax", ["logits"], ["scores"], axis=1))
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, ["n", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(CLASSES)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="suara")
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _dense(
    weights: list[TensorProto], before: str, after: str, matrix: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> list[onnx.NodeProto]:
    weights.append(numpy_helper.from_array(matrix, f"{after}_w"))
    weights.append(numpy_helper.from_array(bias, f"{after}_b"))
    return [helper.make_node("Gemm", [before, f"{after}_w", f"{after}_b"], [after], transB=1)]


def _array(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().float().numpy(), np.float32)


def _folded(convolution: nn.Module, norm: nn.Module) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    scale = _array(norm.weight) / np.sqrt(_array(norm.running_var) + np.float32(norm.eps))
    kernel = _array(convolution.weight) * scale[:, None, None, None]
    return kernel, _array(norm.bias) - _array(norm.running_mean) * scale
