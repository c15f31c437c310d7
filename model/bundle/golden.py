"""``golden.json``: texts with the ids and probabilities that encoder and network must give, here and anywhere."""

from collections.abc import Sequence
from typing import Annotated, Self

import numpy as np
from pydantic import Field, ValidationError

from model.bundle.files import GOLDEN
from model.bundle.json_files import parse_json
from model.bundle.metadata import Metadata, to_json
from model.bundle.refused import RefusedError, first_of
from model.engines.base import Engine
from model.preprocessing.encoder import Encoder
from model.rows import padded_rows
from model.strict import Strict

TOLERANCE = 1e-4
"""Largest difference of a probability between engines, devices and library versions."""
FEWEST_TEXTS = 8


class GoldenCase(Strict):
    """One text and its answers; no ids means an empty tweet, whose answer is the prior."""

    text: str
    ids: tuple[Annotated[int, Field(ge=1, lt=2**31)], ...]
    probabilities: tuple[Annotated[float, Field(ge=0, le=1)], ...]


class Golden(Strict):
    """Cases with and without ids."""

    cases: Annotated[tuple[GoldenCase, ...], Field(max_length=1000)]

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """Ids of the cases that reach the network."""
        return [case.ids for case in self.cases if case.ids]

    @classmethod
    def from_json(cls, content: bytes, labels: int) -> Self:
        """Read ``golden.json``. Raises RefusedError if it is malformed or holds too few cases to show anything."""
        parse_json(GOLDEN, content)
        try:
            golden = cls.model_validate_json(content)
        except ValidationError as error:
            raise RefusedError(f"{GOLDEN} is malformed: {first_of(error)}") from None
        if len(golden.cases) < FEWEST_TEXTS or not golden.rows or len(golden.rows) == len(golden.cases):
            raise RefusedError(
                f"{GOLDEN} should hold at least {FEWEST_TEXTS} texts, an empty tweet among them, "
                f"received {len(golden.cases)}"
            )
        if any(len(case.probabilities) != labels for case in golden.cases):
            raise RefusedError(f"{GOLDEN} should give {labels} probabilities a text, one a label")
        return golden

    def to_json(self) -> bytes:
        """Write ``golden.json``."""
        return to_json(self.model_dump(mode="json"))


def make_golden(texts: Sequence[str], metadata: Metadata, encoder: Encoder, engine: Engine) -> Golden:
    """Answer texts with an encoder and an engine.

    Take an engine over the weights as they were trained, and the check at load covers all that happens to them after.
    Raises ValueError if there are fewer than 8 texts, or none that is empty after cleaning, or none that is not.
    """
    encoded = [tuple(encoder.encode(text).ids) for text in texts]
    filled = [ids for ids in encoded if ids]
    if len(texts) < FEWEST_TEXTS or not filled or len(filled) == len(encoded):
        raise ValueError(
            f"golden texts should be at least {FEWEST_TEXTS}, with and without words of the vocabulary, "
            f"received {len(texts)}, {len(filled)} with"
        )
    ids, lengths = padded_rows(filled)
    answers = iter(engine.predict(ids, lengths).astype(np.float64).tolist())
    return Golden(
        cases=tuple(
            GoldenCase(text=text, ids=ids, probabilities=tuple(next(answers)) if ids else metadata.prior)
            for text, ids in zip(texts, encoded, strict=True)
        )
    )
