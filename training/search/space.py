"""A preset's declared space as KerasTuner's hyperparameters, and drawn values as a preset."""

from collections.abc import Mapping
from typing import Any

from model.architecture.config import BatchNormalization, Dense, Dropout
from model.errors import UsageError
from training.presets.schema import Preset, SearchSpace

Values = dict[str, str | int | float]
"""What was drawn: ``optimizer``, ``learning_rate``, ``dense_layers``, and ``units_1``, ``activation_1``, ``dropout_1``
of the first hidden dense layer, and so on."""


def hyperparameters(space: SearchSpace) -> Any:  # noqa: ANN401 - KerasTuner ships no types
    """Return ``keras_tuner.HyperParameters``; those of a layer are only drawn if there is such a layer."""
    import keras_tuner  # noqa: PLC0415 - seconds to import

    drawn = keras_tuner.HyperParameters()
    drawn.Choice("optimizer", list(space.optimizers))
    drawn.Choice("learning_rate", list(space.learning_rates))
    drawn.Choice("dense_layers", list(space.dense_layers))
    for number in range(1, max(space.dense_layers) + 1):
        with drawn.conditional_scope("dense_layers", [count for count in space.dense_layers if count >= number]):
            drawn.Choice(f"units_{number}", list(space.dense_units))
            drawn.Choice(f"activation_{number}", list(space.activations))
            drawn.Choice(f"dropout_{number}", list(space.dropouts))
    return drawn


def names(space: SearchSpace) -> list[str]:
    """Name all that may be drawn, in order."""
    layers = range(1, max(space.dense_layers) + 1)
    parts = [f"{part}_{number}" for number in layers for part in ("units", "activation", "dropout")]
    return ["optimizer", "learning_rate", "dense_layers", *parts]


def with_values(preset: Preset, values: Mapping[str, str | int | float]) -> Preset:
    """Return the preset with other hidden dense layers, and another optimizer.

    All layers between the first dense one and the output layer are replaced. Each new one has the factor of L2 of the
    preset's first hidden dense layer, and a batch normalisation after it if the preset's had.
    Raises UsageError if the preset does not end in a dense layer.
    """
    first = next((place for place, layer in enumerate(preset.layers) if isinstance(layer, Dense)), None)
    output = preset.layers[-1]
    if first is None or not isinstance(output, Dense):
        raise UsageError(f"preset {preset.name!r} does not end in a dense layer, so there is nothing to search")
    head = preset.layers[first:-1]
    l2 = next((layer.l2 for layer in head if isinstance(layer, Dense)), 0.0)
    layers: list[Any] = list(preset.layers[:first])
    for number in range(1, int(values["dense_layers"]) + 1):
        fields = {"units": values[f"units_{number}"], "activation": values[f"activation_{number}"], "l2": l2}
        layers.append(Dense.model_validate({"type": "dense"} | fields))
        if any(isinstance(layer, BatchNormalization) for layer in head):
            layers.append(BatchNormalization(type="batch_normalization"))
        if values[f"dropout_{number}"]:
            layers.append(Dropout.model_validate({"type": "dropout", "rate": values[f"dropout_{number}"]}))
    fit = {"optimizer": values["optimizer"], "learning_rate": values["learning_rate"]}
    return preset.model_copy(update={"layers": (*layers, output), "fit": preset.fit.model_copy(update=fit)})
