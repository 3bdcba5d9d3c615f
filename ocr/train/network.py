"""The network in torch, and the same network as an ONNX file; the latter is what reading uses."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from election.scores import CLASSES
from ocr.boxes import SIDE

WIDTHS = (16, 32, 64, 64)
HIDDEN = 48


class Network(nn.Module):  # type: ignore[misc]
    """Four convolutions and two dense layers, about 110,000 weights. In: float[n, 1, 32, 32] ink. Out: 14 logits."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList()
        self.norms = nn.ModuleList()
        before = 1
        for width in WIDTHS:
            self.convolutions.append(nn.Conv2d(before, width, 3, padding=1, bias=False))
            self.norms.append(nn.BatchNorm2d(width))
            before = width
        side = SIDE // 8
        self.hidden = nn.Linear(WIDTHS[-1] * side * side, HIDDEN)
        self.dropout = nn.Dropout(0.25)
        self.classes = nn.Linear(HIDDEN, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits, float[n, 14]."""
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = torch.relu(norm(convolution(x)))
            if index != 2:
                x = torch.max_pool2d(x, 2)
        x = torch.relu(self.hidden(x.flatten(1)))
        return self.classes(self.dropout(x))


def save(network: Network, path: Path, temperature: float) -> None:
    """Write the network with its norms folded into the convolutions and its logits divided by `temperature`."""
    nodes, weights, name = [], [], "ink"
    for index, (convolution, norm) in enumerate(zip(network.convolutions, network.norms, strict=True)):
        kernel, bias = _folded(convolution, norm)
        weights += [numpy_helper.from_array(kernel, f"k{index}"), numpy_helper.from_array(bias, f"b{index}")]
        nodes.append(helper.make_node("Conv", [name, f"k{index}", f"b{index}"], [f"c{index}"], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        name = f"r{index}"
        if index != 2:
            nodes.append(helper.make_node("MaxPool", [name], [f"m{index}"], kernel_shape=[2, 2], strides=[2, 2]))
            name = f"m{index}"
    nodes.append(helper.make_node("Flatten", [name], ["flat"]))
    for layer, source, out, divisor in (
        (network.hidden, "flat", "h", 1.0),
        (network.classes, "hr", "logits", temperature),
    ):
        weights.append(numpy_helper.from_array(_array(layer.weight) / np.float32(divisor), f"w{out}"))
        weights.append(numpy_helper.from_array(_array(layer.bias) / np.float32(divisor), f"v{out}"))
        nodes.append(helper.make_node("Gemm", [source, f"w{out}", f"v{out}"], [out], transB=1))
        if out == "h":
            nodes.append(helper.make_node("Relu", ["h"], ["hr"]))
    nodes.append(helper.make_node("LogSoftmax", ["logits"], ["scores"], axis=1))
    shape = ["n", 1, SIDE, SIDE]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(CLASSES)])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="suara")
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _array(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().numpy(), np.float32)


def _folded(convolution: nn.Module, norm: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    scale = _array(norm.weight) / np.sqrt(_array(norm.running_var) + np.float32(norm.eps))
    return _array(convolution.weight) * scale[:, None, None, None], _array(norm.bias) - _array(
        norm.running_mean
    ) * scale
