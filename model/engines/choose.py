"""Which engine, on which device."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.architecture.config import Architecture
from model.architecture.tensorflow_runtime import tensorflow_installed
from model.cpus import usable_cores
from model.engines.base import Engine
from model.errors import UsageError

EngineChoice = Literal["auto", "onnx", "tensorflow"]
DeviceChoice = Literal["auto", "cpu", "gpu"]

_DRIVERS = ("nvidia[0-9]*", "kfd", "dxg")
"""Device files of NVIDIA's and AMD's drivers, and of a GPU passed into WSL."""


def load_engine(
    architecture: Architecture,
    weights: Mapping[str, npt.NDArray[np.float32]],
    *,
    engine: EngineChoice = "auto",
    device: DeviceChoice = "auto",
    threads: int | None = None,
) -> Engine:
    """Build the network on the engine and device asked for; ``auto`` is TensorFlow on a GPU, else ONNX Runtime.

    threads: of the engine's own pool on a CPU; default: the cores that this process may use.
    Raises UsageError if the two contradict each other, or are not to be had here.
    """
    if engine == "onnx" and device == "gpu":
        raise UsageError(
            "engine 'onnx' runs on the CPU only, received device 'gpu': set the engine to 'tensorflow' or 'auto'"
        )
    if engine == "auto" or (engine == "tensorflow" and device == "auto"):
        on_gpu = device == "gpu" or (device == "auto" and sees_gpu())
        device = "gpu" if on_gpu else "cpu"
        if engine == "auto":
            engine = "tensorflow" if on_gpu else "onnx"
    threads = threads or usable_cores()
    if engine == "onnx":
        from model.engines.onnx import OnnxEngine  # noqa: PLC0415 - half a second that TensorFlow need not pay

        return OnnxEngine(architecture, weights, threads=threads)
    from model.engines.tensorflow import TensorFlowEngine  # noqa: PLC0415 - absent from a base install

    return TensorFlowEngine(architecture, weights, device="gpu" if device == "gpu" else "cpu", threads=threads)


def sees_gpu(devices: Path = Path("/dev")) -> bool:
    """Ask TensorFlow for GPUs, but only where it is installed and a driver is there: its import takes seconds."""
    if not tensorflow_installed() or os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1"):
        return False
    if not any(next(devices.glob(driver), None) for driver in _DRIVERS):
        return False
    from model.engines.tensorflow import visible_gpus  # noqa: PLC0415

    return visible_gpus() > 0
