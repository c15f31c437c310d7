import numpy as np
import pytest

from training.keras_networks import as_array, built_under, optimizer_state, restart_dropout, restore_optimizer
from training.precision import Precision


def test_a_precision_is_that_of_one_network_only() -> None:
    import keras  # noqa: PLC0415 - seconds to import

    before = keras.config.dtype_policy().name
    half = built_under(Precision.BFLOAT16, lambda: keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    assert half.layers[0].dtype_policy.name == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == before


def test_variables_and_results_become_arrays() -> None:
    import keras  # noqa: PLC0415 - seconds to import

    variable = keras.Variable(np.arange(3, dtype=np.float32))
    assert as_array(variable).tolist() == [0, 1, 2]
    assert as_array(keras.ops.add(variable, 1)).tolist() == [1, 2, 3]
    assert as_array(np.float32(2)) == 2


def test_the_same_seed_and_number_drop_the_same() -> None:
    import keras  # noqa: PLC0415

    model = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])

    def dropped(seed: int, number: int) -> list[float]:
        restart_dropout(model, seed=seed, number=number)
        kept: list[float] = as_array(model(np.ones((1, 50), np.float32), training=True))[0].tolist()
        return kept

    assert dropped(1, 2) == dropped(1, 2)
    assert dropped(1, 2) != dropped(1, 3)
    assert dropped(1, 2) != dropped(2, 2)


def test_an_optimizer_goes_back_to_where_it_was() -> None:
    import keras  # noqa: PLC0415

    weight, slope = keras.Variable([1.0]), keras.ops.array([1.0])
    optimizer = keras.optimizers.Adam(learning_rate=0.1)
    optimizer.build([weight])
    optimizer.apply([slope], [weight])
    before = optimizer_state(optimizer)
    optimizer.apply([slope], [weight])
    assert any(not np.array_equal(before[name], now) for name, now in optimizer_state(optimizer).items())
    restore_optimizer(optimizer, before | {"what is not its own": np.zeros(1)})
    assert all(before[name] == pytest.approx(now) for name, now in optimizer_state(optimizer).items())
