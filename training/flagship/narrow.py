"""A student's word vectors made narrower after training, at hardly any cost: the LSTM reads less than they hold.

An LSTM sees a word vector only through its kernels, so what matters of it is their product. Its principal components
over the words of tweets become the new vectors, and what gives the product back the new kernels: a truncated singular
value decomposition of a layer (Xue et al., 2013), weighted by how often each word is read.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from model.architecture.config import EMBEDDING, LSTM, Architecture, lstm_directions
from training.flagship.calibration import rounded
from training.flagship.student import Student

EDITION: Final = 1
"""To be raised when vectors are narrowed differently: what narrowed students answered is made anew then."""


def narrowed(student: Student, texts: Sequence[str], dimension: int) -> Student:
    """Return a student with word vectors of so few dimensions, rounded to 16 bits, that answers nearly alike.

    texts: tweets whose words count. The temperature is left as it is.
    """
    ids = student.encoder.encode_all(texts).rows.ids
    # Words that these texts do not have count a little, too.
    counts = np.bincount(ids, minlength=len(student.weights[EMBEDDING])) + 1.0
    counts[0] = 0
    weights = dict(student.weights)
    directions = _first_lstm(student.architecture)
    kernels = [weights[f"{name}.kernel"].astype(np.float64) for name in directions]
    vectors = weights[EMBEDDING].astype(np.float64)
    mean = np.average(vectors, axis=0, weights=counts)
    vectors -= mean
    kernel = np.concatenate(kernels, axis=1)
    second_moment = kernel.T @ ((vectors * counts[:, None]).T @ vectors / counts.sum()) @ kernel
    # Eigenvalues come in rising order.
    components = np.linalg.eigh(second_moment).eigenvectors[:, : -dimension - 1 : -1]
    narrow = vectors @ (kernel @ components)
    narrow[0] = 0
    weights[EMBEDDING] = rounded(narrow)
    ends = np.cumsum([kernel.shape[1] for kernel in kernels])
    for name, of_words, of_mean in zip(
        directions, np.split(components.T, ends[:-1], axis=1), np.split(mean @ kernel, ends[:-1]), strict=True
    ):
        weights[f"{name}.kernel"] = of_words.astype(np.float32)
        weights[f"{name}.bias"] = (weights[f"{name}.bias"] + of_mean).astype(np.float32)
    return replace(student, architecture=_with_dimension(student.architecture, dimension), weights=weights)


def _first_lstm(architecture: Architecture) -> list[str]:
    """Name the directions of the layer that reads the vectors."""
    return next(
        lstm_directions(index, layer) for index, layer in enumerate(architecture.layers) if isinstance(layer, LSTM)
    )


def _with_dimension(architecture: Architecture, dimension: int) -> Architecture:
    embedding = architecture.embedding.model_copy(update={"dimension": dimension})
    return architecture.model_copy(update={"embedding": embedding})
