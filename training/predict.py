"""Probabilities of many encoded tweets, from anything that answers a padded batch."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from model.engines.base import Ids, Lengths, Outputs
from model.rows import padded_rows
from training.inputs import by_length


def predict_rows(
    predict: Callable[[Ids, Lengths], Outputs], rows: Sequence[Sequence[int]], columns: int | None = None
) -> npt.NDArray[np.float32]:
    """Predict rows of ids, none of them empty, in batches of about equal length: [rows, outputs].

    columns: as wide as the network reads every row, if it has no mask.
    """
    batches = list(by_length(rows, columns))
    answers = [predict(*padded_rows([rows[row] for row in batch])) for batch in batches]
    probabilities = np.empty((len(rows), answers[0].shape[1]), dtype=np.float32)
    probabilities[np.concatenate(batches)] = np.concatenate(answers)
    return probabilities


def predict_or_prior(
    predict: Callable[[Ids, Lengths], Outputs],
    rows: Sequence[Sequence[int]],
    prior: npt.NDArray[np.float64],
    columns: int | None = None,
) -> npt.NDArray[np.float32]:
    """Predict rows of ids; an empty one gets the prior, [outputs], as it does when serving."""
    probabilities = np.tile(prior.astype(np.float32), (len(rows), 1))
    filled = [row for row, ids in enumerate(rows) if ids]
    if filled:
        probabilities[filled] = predict_rows(predict, [rows[row] for row in filled], columns)
    return probabilities
