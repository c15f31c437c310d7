"""What is done to a Keras network and its optimizer, whichever backend computes them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.architecture.keras_builder import KerasModel
from training.precision import Precision, keras_policy

_SEED_STATE: Final = "seed_generator_state"


def built_under(precision: Precision, build: Callable[[], KerasModel]) -> KerasModel:
    """Build a network whose layers compute in a settled precision."""
    import keras  # noqa: PLC0415 - seconds to import

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras_policy(precision))
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def restart_dropout(model: KerasModel, *, seed: int, number: int) -> None:
    """Begin new random numbers, in every generator of the network, those inside recurrent layers included.

    number: of the epoch, or of whatever else is to be the same whether or not others ran before.
    """
    states = [variable for variable in model.variables if variable.path.endswith(_SEED_STATE)]
    for index, state in enumerate(states):
        words = np.random.SeedSequence([seed, number, index]).generate_state(2)
        state.assign(words.astype(state.dtype))


def optimizer_state(optimizer: Any) -> dict[str, npt.NDArray[Any]]:  # noqa: ANN401 - Keras ships no types
    """Copy all that an optimizer remembers, its learning rate included."""
    return {name: as_array(variable) for name, variable in _named(optimizer)}


def restore_optimizer(optimizer: Any, state: Mapping[str, npt.NDArray[Any]]) -> None:  # noqa: ANN401
    """Go back to where :func:`optimizer_state` was taken; what else is in there is passed over."""
    for name, variable in _named(optimizer):
        variable.assign(state[name])


def as_array(values: Any) -> npt.NDArray[Any]:  # noqa: ANN401
    """Copy what a network holds or gives to NumPy."""
    import keras  # noqa: PLC0415

    held = values.value if isinstance(values, keras.Variable) else values
    return np.array(held.numpy() if hasattr(held, "numpy") else held)


def _named(optimizer: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    return [(f"{index}.{variable.name}", variable) for index, variable in enumerate(optimizer.variables)]
