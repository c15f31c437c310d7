import numpy as np
import pytest

from model.errors import UsageError
from training import dependencies
from training.flagship.keras_runtime import as_array, built_under, gpus, prepare_keras, settled
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


def test_a_precision_is_that_of_one_network_only() -> None:
    import keras  # noqa: PLC0415 - seconds to import

    before = keras.config.dtype_policy().name
    half = built_under(Precision.BFLOAT16, lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    assert half.layers[0].dtype_policy.name == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == before


def test_variables_and_results_become_arrays() -> None:
    import keras  # noqa: PLC0415

    variable = keras.Variable(np.arange(3, dtype=np.float32))
    assert as_array(variable).tolist() == [0, 1, 2]
    assert as_array(keras.ops.add(variable, 1)).tolist() == [1, 2, 3]
    assert as_array(np.float32(2)) == 2
