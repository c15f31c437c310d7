"""What a worker's process says of itself before it works."""

import gc
import sys
import time
from pathlib import Path

import pytest

from stream.metrics import Metrics
from stream.run import load_classifier, tune_interpreter
from stream.settings import load_settings
from tests.factories import tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def load(bundle: Path) -> Metrics:
    metrics = Metrics()
    load_classifier(load_settings(model={"bundle": str(bundle), "device": "cpu"}), metrics)
    return metrics


def test_a_worker_searches_for_garbage_rarely_and_lets_threads_take_turns_often() -> None:
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    try:
        tune_interpreter()
        assert gc.get_threshold()[0] > 8_000 > thresholds[0]
        assert gc.get_freeze_count() > 0
        assert sys.getswitchinterval() < 1e-3 < interval
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def test_the_metrics_name_the_model_and_what_computes_it(bundle: Path) -> None:
    labels = {
        "name": "tiny",
        "version": "1.0.0",
        "task": "brands",
        "engine": "onnx",
        "device": "cpu",
        "kernel": "onnxruntime-cpu",
    }
    assert load(bundle).registry.get_sample_value("warble_model_info", labels) == 1


def test_the_metrics_say_when_the_model_was_loaded(bundle: Path) -> None:
    before = time.time()
    loaded = load(bundle).registry.get_sample_value("warble_model_loaded_timestamp_seconds")
    assert loaded is not None
    assert before <= loaded <= time.time()
    assert Metrics().registry.get_sample_value("warble_model_loaded_timestamp_seconds") == 0
