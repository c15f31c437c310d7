"""The one door to TensorFlow, which a base install does not have."""

import os
from importlib.util import find_spec
from typing import Any

from model.errors import UsageError


def import_tensorflow() -> Any:  # noqa: ANN401 - TensorFlow ships no types
    """Import TensorFlow, quietly.

    Raises UsageError, naming the extra that brings it, where it is not installed.
    """
    if not tensorflow_installed():
        raise UsageError(
            "TensorFlow is not installed here: install 'warble[gpu]' (NVIDIA) or 'warble[train]' (CPU), "
            "or serve with the engine onnx"
        )
    # TensorFlow's C++ side greets on stderr, several lines a process, unless told before its import.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # oneDNN's kernels round differently from one processor to the next, and greet too.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import tensorflow as tf  # noqa: PLC0415 - takes seconds, and is absent from a base install

    return tf


def tensorflow_installed() -> bool:
    """Say whether TensorFlow could be imported, without importing it."""
    return find_spec("tensorflow") is not None
