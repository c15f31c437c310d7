import pytest

from model.errors import UsageError
from training import dependencies
from training.flagship.keras_runtime import check_backend, gpus, prepare_keras, settled
from training.precision import Precision


def test_what_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "find_spec", lambda name: None if name == "tokenizers" else object())
    with pytest.raises(UsageError, match=r"this needs tokenizers: install the extra 'flagship'"):
        prepare_keras()


def test_a_backend_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "no_such_backend")
    with pytest.raises(UsageError, match="this needs no_such_backend"):
        prepare_keras()


def test_without_a_gpu_precision_is_that_of_32_bits_unless_it_is_said() -> None:
    assert settled(Precision.BFLOAT16) is Precision.BFLOAT16
    assert settled(Precision.AUTO) is (Precision.BFLOAT16 if gpus() else Precision.FLOAT32)


def test_students_are_not_trained_on_another_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras  # noqa: PLC0415 - seconds to import

    check_backend()
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError, match=r"Keras runs on 'jax': go --until transfer here"):
        check_backend()
