"""A bundle in words and numbers, for ``warble-model show``."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from model.architecture.config import (
    LSTM,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    Pooling,
    SpatialDropout,
    TokenDropout,
)
from model.bundle.read import Bundle
from model.errors import escaped


def describe(bundle: Bundle) -> dict[str, Any]:
    """Return everything but words and weights as JSON values."""
    metadata = bundle.metadata
    architecture = metadata.architecture
    return {
        "path": str(bundle.path),
        **metadata.model_dump(mode="json"),
        "layers": [_layer(layer) for layer in architecture.layers],
        "trainable_parameters": architecture.trainable_parameters,
        "vocabulary": bundle.vocabulary.size,
        "golden_texts": len(bundle.golden.cases),
        "files": bundle.digests,
        "signed_by": bundle.signed_by,
    }


def print_description(description: dict[str, Any]) -> None:
    """Print the gist of a description as a table, for people at a terminal."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    shares = zip(description["labels"], description["prior"], strict=True)
    threshold = description["threshold"]
    preprocessing = description["preprocessing"]
    entries = "words and pieces" if preprocessing["cleanup"] == "tweet" else "words"
    embedding = description["architecture"]["embedding"]
    table.add_row("bundle", f"{description['name']}@{description['version']}")
    table.add_row("path", description["path"])
    table.add_row("task", description["task"])
    table.add_row("labels", ", ".join(f"{label} ({share:.1%} of training)" for label, share in shares))
    table.add_row("decides by", f"{threshold['label']} from {threshold['value']:g}" if threshold else "most probable")
    table.add_row(
        "text",
        f"{preprocessing['cleanup']}, {description['vocabulary']} {entries}, the "
        f"{'last' if preprocessing['truncate'] == 'pre' else 'first'} {preprocessing['max_length']} ids of a tweet",
    )
    table.add_row(
        "network",
        f"embedding of {embedding['rows']} x {embedding['dimension']}"
        f"{'' if embedding['trainable'] else ', frozen'}"
        f"{', padding not masked' if embedding['columns'] else ''} -> " + " -> ".join(description["layers"]),
    )
    table.add_row("parameters", f"{description['trainable_parameters']:,} trainable")
    for group, values in {"metrics": description["metrics"], **description["metrics"]}.items():
        if isinstance(values, Mapping) and (line := _line(values)):
            table.add_row(escaped(group).replace("_", " "), line)
    table.add_row("built with", _line(description["built_with"]))
    table.add_row("golden", f"{description['golden_texts']} texts")
    for name, digest in description["files"].items():
        table.add_row("file", f"{name}  SHA-256 {digest[:16]}...")
    if description["signed_by"]:
        table.add_row("signed by", f"key {description['signed_by']}")
    Console().print(table, markup=False)


def _layer(layer: Layer) -> str:
    match layer:
        case LSTM():
            name = f"{'bidirectional ' if layer.bidirectional else ''}LSTM {layer.units}"
            name += ", sequences" if layer.return_sequences else ""
            return name + (f", dropout {layer.dropout:g}" if layer.dropout else "")
        case Dense():
            return f"dense {layer.units} {layer.activation}" + (f", L2 {layer.l2:g}" if layer.l2 else "")
        case BatchNormalization():
            return "batch normalisation"
        case Pooling():
            return f"{' + '.join(layer.kinds)} pooling"
        case Dropout() | SpatialDropout() | TokenDropout():
            return f"{layer.type.replace('_', ' ')} {layer.rate:g}"


def _line(values: Mapping[str, object]) -> str:
    """Print the numbers and words of an object, not what is nested deeper."""
    line = ", ".join(
        f"{name.replace('_', ' ')} {value:.4g}" if isinstance(value, float) else f"{name.replace('_', ' ')} {value}"
        for name, value in values.items()
        if isinstance(value, str | int | float)
    )
    return escaped(line)
