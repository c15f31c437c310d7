import sys
from importlib import import_module
from pathlib import Path

import pytest

from model.engines import choose
from model.engines.choose import DeviceChoice, EngineChoice, load_engine
from model.engines.tensorflow import visible_gpus
from model.errors import UsageError
from tests.factories import random_weights, tiny_architecture

ARCHITECTURE = tiny_architecture()
WEIGHTS = random_weights(ARCHITECTURE)


@pytest.mark.parametrize(
    ("engine", "device", "chosen"),
    [
        ("auto", "cpu", "onnx"),
        ("onnx", "cpu", "onnx"),
        ("onnx", "auto", "onnx"),
        ("tensorflow", "cpu", "tensorflow"),
    ],
)
def test_what_is_asked_for_is_chosen(engine: EngineChoice, device: DeviceChoice, chosen: str) -> None:
    loaded = load_engine(ARCHITECTURE, WEIGHTS, engine=engine, device=device)
    assert (loaded.name, loaded.device) == (chosen, "cpu")


@pytest.mark.skipif(visible_gpus() > 0, reason="this machine has a GPU")
def test_auto_is_onnx_where_there_is_no_gpu() -> None:
    assert load_engine(ARCHITECTURE, WEIGHTS).name == "onnx"


@pytest.mark.skipif(visible_gpus() > 0, reason="this machine has a GPU")
@pytest.mark.parametrize("engine", ["auto", "tensorflow"])
def test_a_gpu_that_is_not_there_is_a_usage_error(engine: EngineChoice) -> None:
    with pytest.raises(UsageError, match="TensorFlow sees no GPU here"):
        load_engine(ARCHITECTURE, WEIGHTS, engine=engine, device="gpu")


def test_onnx_on_a_gpu_is_a_contradiction() -> None:
    with pytest.raises(UsageError, match="engine 'onnx' runs on the CPU only, received device 'gpu'"):
        load_engine(ARCHITECTURE, WEIGHTS, engine="onnx", device="gpu")


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_without_tensorflow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch, device: DeviceChoice) -> None:
    monkeypatch.setattr("model.architecture.tensorflow_runtime.find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"install 'warble\[gpu\]'"):
        load_engine(ARCHITECTURE, WEIGHTS, engine="tensorflow", device=device)


def test_auto_with_a_gpu_is_tensorflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    asked = []

    def gpus() -> int:
        asked.append("tensorflow")
        return 1

    monkeypatch.setattr("model.engines.tensorflow.visible_gpus", gpus)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose.sees_gpu(tmp_path)
    assert asked


def test_tensorflow_is_not_asked_where_there_is_no_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("model.engines.tensorflow.visible_gpus", lambda: pytest.fail("TensorFlow was asked"))
    assert not choose.sees_gpu(tmp_path)


def test_a_hidden_gpu_is_not_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("model.engines.tensorflow.visible_gpus", lambda: pytest.fail("TensorFlow was asked"))
    assert not choose.sees_gpu(tmp_path)


def test_the_onnx_engine_needs_no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    monkeypatch.setitem(sys.modules, "keras", None)
    import_module("model.engines.choose")
    assert load_engine(ARCHITECTURE, WEIGHTS, engine="onnx").name == "onnx"
