"""The weights of a network, checked against what its architecture declares."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from model.architecture.config import Architecture

Weights = dict[str, npt.NDArray[np.float32]]
"""One array a name, named and shaped as :meth:`Architecture.weight_shapes` says."""


def checked(architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]]) -> Weights:
    """Return the weights in the declared order.

    Raises ValueError, saying which array, what was expected and what was received, if a name is missing or not
    declared, or an array has another shape, another type than float32, a value that is not finite, or a variance
    below 0.
    """
    shapes = architecture.weight_shapes()
    if missing := sorted(shapes.keys() - weights.keys()):
        raise ValueError(f"array {missing[0]!r} is missing ({len(missing)} missing in all)")
    if unknown := sorted(weights.keys() - shapes.keys()):
        raise ValueError(f"array {unknown[0]!r} does not belong to this architecture")
    for name, shape in shapes.items():
        array = weights[name]
        if array.dtype != np.float32 or array.shape != shape:
            raise ValueError(
                f"array {name!r} should be float32 {list(shape)}, received {array.dtype} {list(array.shape)}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"array {name!r} has values that are not finite")
        if name.endswith(".moving_variance") and (array < 0).any():
            raise ValueError(f"array {name!r} has variances below 0")
    return {name: weights[name] for name in shapes}
