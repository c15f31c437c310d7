"""An architecture and its weights as an ONNX graph, for ONNX Runtime on a CPU.

Converters turn a masked Keras LSTM into a loop. ONNX's own LSTM takes the length of each row instead, so nothing is
masked: the graph is Gather -> LSTM ... -> Gemm ... and knows tweets as [columns, rows, features], ONNX's layout.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from model.architecture.config import (
    BATCH_NORMALIZATION_EPSILON,
    BATCH_NORMALIZATION_PARTS,
    EMBEDDING,
    LSTM,
    NGRAM_MULTIPLIER,
    NGRAMS,
    Activation,
    Architecture,
    BatchNormalization,
    Dense,
    Ngrams,
    Pooling,
    layer_name,
    lstm_directions,
)
from model.architecture.weights import checked

OPSET = 17
IR_VERSION = 8
"""The format version of opset 17's time: newer ones are refused by older runtimes."""

Array = npt.NDArray[np.float32]


def build_onnx(architecture: Architecture, weights: Mapping[str, Array]) -> bytes:
    """Build a serialised ONNX model.

    Inputs: ``ids`` int32 [rows, columns], padded on the right with 0; ``lengths`` int32 [rows], each at least 1. An
    architecture with ``columns`` masks nothing: its ids must have that many, and it does not read the lengths.
    Output: ``outputs`` float32 [rows, outputs].
    Raises ValueError if the weights are not those that the architecture declares.
    """
    graph = _Graph(checked(architecture, weights))
    by_column = graph.add("Transpose", ["ids"], perm=[1, 0])
    hidden = graph.add("Gather", [graph.constant(EMBEDDING, graph.weights[EMBEDDING]), by_column], axis=0)
    beside = _ngrams(graph, by_column, architecture.ngrams) if architecture.ngrams else ""
    last = len(architecture.layers) - 1
    for index, layer in enumerate(architecture.layers):
        if isinstance(layer, LSTM):
            hidden = _lstm(graph, hidden, layer, index, lengths="lengths" if architecture.columns is None else "")
        elif isinstance(layer, Pooling):
            hidden = _pooling(graph, hidden, layer, layer_name(index, layer), masked=architecture.columns is None)
        elif isinstance(layer, Dense):
            hidden = _dense(graph, hidden, layer, layer_name(index, layer), beside if index == last else "")
        elif isinstance(layer, BatchNormalization):
            hidden = _batch_normalization(graph, hidden, layer_name(index, layer))
    graph.add("Identity", [hidden], output="outputs")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "warble",
            inputs=[
                helper.make_tensor_value_info("ids", TensorProto.INT32, ["rows", "columns"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["rows"]),
            ],
            outputs=[helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["rows", architecture.outputs])],
            initializer=graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="warble",
    )
    serialised: bytes = model.SerializeToString()
    return serialised


class _Graph:
    """Nodes and constants as they are added; every node has one output that is used."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Array | npt.NDArray[np.signedinteger]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def once(self, name: str, value: Array | npt.NDArray[np.signedinteger]) -> str:
        """Add a constant unless it is there already."""
        return name if any(constant.name == name for constant in self.constants) else self.constant(name, value)

    def add(
        self,
        operator: str,
        inputs: list[str],
        *,
        output: str = "",
        skip: int = 0,
        **attributes: Any,  # noqa: ANN401 - numbers, lists and strings, as the operator wants
    ) -> str:
        """Add a node; skip: how many of its outputs come before the one that is used. Returns its name."""
        name = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [""] * skip + [name], **attributes))
        return name


def _lstm(graph: _Graph, hidden: str, layer: LSTM, index: int, *, lengths: str) -> str:
    """Add an LSTM; lengths: the input with each row's length, or "" if every column of it is read."""
    name = layer_name(index, layer)
    prefixes = lstm_directions(index, layer)
    kernels, recurrents, biases = (
        [graph.weights[f"{prefix}.{part}"] for prefix in prefixes] for part in ("kernel", "recurrent_kernel", "bias")
    )
    inputs = [
        hidden,
        graph.constant(f"{name}.W", np.stack([_gates(kernel).T for kernel in kernels])),
        graph.constant(f"{name}.R", np.stack([_gates(recurrent).T for recurrent in recurrents])),
        # ONNX adds two biases, one to each product; Keras has one.
        graph.constant(f"{name}.B", np.stack([np.concatenate([_gates(bias), np.zeros_like(bias)]) for bias in biases])),
        lengths,
    ]
    direction = "bidirectional" if layer.bidirectional else "forward"
    width = layer.units * len(prefixes)
    if layer.return_sequences:
        # [columns, directions, rows, units] -> [columns, rows, directions * units]
        states = graph.add("LSTM", inputs, hidden_size=layer.units, direction=direction)
        states = graph.add("Transpose", [states], perm=[0, 2, 1, 3])
        shape = graph.constant(f"{name}.shape", np.array([0, 0, width], np.int64))
    else:
        # The last state, not the last column: [directions, rows, units] -> [rows, directions * units]
        states = graph.add("LSTM", inputs, skip=1, hidden_size=layer.units, direction=direction)
        states = graph.add("Transpose", [states], perm=[1, 0, 2])
        shape = graph.constant(f"{name}.shape", np.array([0, width], np.int64))
    return graph.add("Reshape", [states, shape])


def _pooling(graph: _Graph, hidden: str, layer: Pooling, name: str, *, masked: bool) -> str:
    """Pool [columns, rows, features] over the columns: [rows, kinds * features].

    masked: whether columns beyond a row's length do not count.
    """
    kept = _kept(graph, name) if masked else ""
    pooled = []
    for kind in layer.kinds:
        match kind:
            case "max":
                pooled.append(graph.add("ReduceMax", [_lowered(graph, hidden, name, kept)], axes=[0], keepdims=0))
            case "attention":
                shares = _attention(graph, hidden, name, kept)
                pooled.append(_sum(graph, graph.add("Mul", [hidden, shares]), name))
            case "mean" if kept:
                inside = graph.add("Cast", [kept], to=TensorProto.FLOAT)
                total = _sum(graph, graph.add("Mul", [hidden, inside]), name)
                pooled.append(graph.add("Div", [total, _sum(graph, inside, name)]))
            case "mean":
                pooled.append(graph.add("ReduceMean", [hidden], axes=[0], keepdims=0))
    return graph.add("Concat", pooled, axis=-1) if len(pooled) > 1 else pooled[0]


def _kept(graph: _Graph, name: str) -> str:
    """Tell for each column of each row whether it is within the row's length: bool [columns, rows, 1]."""
    one, zero = graph.once(f"{name}.one", np.array(1, np.int64)), graph.once(f"{name}.zero", np.array(0, np.int64))
    columns = graph.add("Gather", [graph.add("Shape", ["ids"]), one])
    places = graph.add("Range", [zero, columns, one])
    places = graph.add("Unsqueeze", [places, graph.once(f"{name}.last_two", np.array([1, 2], np.int64))])
    lengths = graph.add("Cast", ["lengths"], to=TensorProto.INT64)
    lengths = graph.add("Unsqueeze", [lengths, graph.once(f"{name}.last", np.array([1], np.int64))])
    return graph.add("Less", [places, lengths])


def _lowered(graph: _Graph, values: str, name: str, kept: str) -> str:
    """Lower what does not count below all that does; a sum, because ONNX Runtime's Where takes thrice its time."""
    if not kept:
        return values
    nothing = graph.once(f"{name}.nothing", np.array(0, np.float32))
    lowest = graph.once(f"{name}.lowest", np.array(-3e38, np.float32))
    return graph.add("Add", [values, graph.add("Where", [kept, nothing, lowest])])


def _attention(graph: _Graph, hidden: str, name: str, kept: str) -> str:
    """Share of each token in the mean: [columns, rows, 1], 0 for padding."""
    kernel, bias, context = (
        graph.constant(f"{name}.{part}", graph.weights[f"{name}.{part}"]) for part in ("kernel", "bias", "context")
    )
    inner = graph.add("Tanh", [graph.add("Add", [graph.add("MatMul", [hidden, kernel]), bias])])
    scores = graph.add("MatMul", [inner, context])
    return graph.add("Softmax", [_lowered(graph, scores, name, kept)], axis=0)


def _ngrams(graph: _Graph, by_column: str, ngrams: Ngrams) -> str:
    """Add up the weights of all n-grams: [rows, outputs]."""
    weights = graph.weights[NGRAMS]
    # Those that end in padding have a place of their own, where there is nothing.
    table = graph.constant(NGRAMS, np.vstack([weights, np.zeros_like(weights[:1])]))
    nowhere, multiplier, buckets = (
        graph.constant(f"{NGRAMS}.{name}", np.array(value, np.int32))
        for name, value in (("nowhere", len(weights)), ("multiplier", NGRAM_MULTIPLIER), ("buckets", len(weights)))
    )
    zero, one, but_last, to_last = (
        graph.constant(f"{NGRAMS}.{name}", np.array([value], np.int64))
        for name, value in (("zero", 0), ("one", 1), ("but_last", -1), ("to_last", np.iinfo(np.int64).max))
    )
    last, places, found = by_column, graph.add("Mod", [by_column, buckets]), []
    for number in range(ngrams.longest):
        if number:
            last = graph.add("Slice", [last, one, to_last, zero])
            before = graph.add("Slice", [places, zero, but_last, zero])
            places = graph.add("Mod", [graph.add("Add", [graph.add("Mul", [before, multiplier]), last]), buckets])
        inside = graph.add("Cast", [last], to=TensorProto.BOOL)
        found.append(graph.add("Where", [inside, places, nowhere]))
    total = _sum(graph, graph.add("Gather", [table, graph.add("Concat", found, axis=0)]), NGRAMS)
    lengths = graph.add("Unsqueeze", [graph.add("Cast", ["lengths"], to=TensorProto.FLOAT), one])
    return graph.add("Div", [total, graph.add("Sqrt", [lengths])])


def _sum(graph: _Graph, values: str, name: str) -> str:
    """Add up the columns."""
    axes = graph.once(f"{name}.columns", np.array([0], np.int64))
    return graph.add("ReduceSum", [values, axes], keepdims=0)


def _dense(graph: _Graph, hidden: str, layer: Dense, name: str, beside: str) -> str:
    """Add a dense layer; beside: what is added before its activation, or "" for nothing."""
    kernel = graph.constant(f"{name}.kernel", graph.weights[f"{name}.kernel"])
    bias = graph.constant(f"{name}.bias", graph.weights[f"{name}.bias"])
    values = graph.add("Gemm", [hidden, kernel, bias])
    return _activate(graph, graph.add("Add", [values, beside]) if beside else values, layer.activation)


def _batch_normalization(graph: _Graph, hidden: str, name: str) -> str:
    """Scale and shift the last axis, be it a token's features or a tweet's."""
    gamma, beta, mean, variance = (
        graph.weights[f"{name}.{part}"].astype(np.float64) for part in BATCH_NORMALIZATION_PARTS
    )
    scale = gamma / np.sqrt(variance + BATCH_NORMALIZATION_EPSILON)
    shift = beta - mean * scale
    scaled = graph.add("Mul", [hidden, graph.constant(f"{name}.scale", scale.astype(np.float32))])
    return graph.add("Add", [scaled, graph.constant(f"{name}.shift", shift.astype(np.float32))])


def _activate(graph: _Graph, hidden: str, activation: Activation) -> str:
    match activation:
        case "linear":
            return hidden
        case "softmax":
            return graph.add("Softmax", [hidden], axis=-1)
        case "swish":
            return graph.add("Mul", [hidden, graph.add("Sigmoid", [hidden])])
        case "relu" | "sigmoid" | "tanh" | "elu" | "selu":
            # The same as in Keras, the constants of elu and selu included.
            return graph.add(activation.capitalize(), [hidden])


def _gates(keras: Array) -> Array:
    """Reorder the four gates along the last axis from Keras' i, f, c, o to ONNX's i, o, f, c."""
    i, f, c, o = np.split(keras, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1)
