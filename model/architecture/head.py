"""A binary network's last layer, as a network is trained and as a bundle declares it."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from model.architecture.config import NGRAMS, Architecture, Dense, layer_name
from model.architecture.weights import Weights, checked


def two_label_softmax(
    architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]]
) -> tuple[Architecture, Weights]:
    """Turn a single sigmoid output p into a softmax over two labels, [p, 1 - p].

    Exact, for sigmoid(z) = softmax([z, 0])[0]: what the second label's logit is made of is 0. The first label is the
    one whose probability was trained. Raises ValueError if the last layer is no sigmoid of one unit, or the weights are
    not those that the architecture declares.
    """
    last = architecture.layers[-1]
    if not isinstance(last, Dense) or last.units != 1 or last.activation != "sigmoid":
        raise ValueError(f"the last layer should be a dense sigmoid of one unit, received {last!r}")
    name = layer_name(len(architecture.layers) - 1, last)
    values = checked(architecture, weights)
    for part in {f"{name}.kernel", f"{name}.bias", NGRAMS} & values.keys():
        values[part] = np.concatenate([values[part], np.zeros_like(values[part])], axis=-1)
    softmax = last.model_copy(update={"units": 2, "activation": "softmax"})
    changed = architecture.model_copy(update={"layers": (*architecture.layers[:-1], softmax)})
    return changed, checked(changed, values)
