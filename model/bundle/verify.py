"""The golden check: this encoder and this engine give the answers that the bundle was published with."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from model.bundle.files import GOLDEN
from model.bundle.golden import TOLERANCE
from model.bundle.read import Bundle
from model.bundle.refused import RefusedError
from model.engines.base import Engine, Outputs
from model.errors import EngineError, one_line
from model.preprocessing.encoder import Encoder
from model.rows import padded_rows


class Verified(NamedTuple):
    """What was checked."""

    texts: int
    largest_difference: float
    """Of a probability, to the golden one."""


def verify(bundle: Bundle, encoder: Encoder, engine: Engine) -> Verified:
    """Hold encoder and engine against ``golden.json``: the same ids, probabilities within 1e-4.

    Raises BundleError at the first text that differs, and EngineError if the engine cannot answer at all.
    """
    try:
        return _verify(bundle, encoder, engine)
    except RefusedError as refused:
        raise refused.of(str(bundle.path)) from None


def _verify(bundle: Bundle, encoder: Encoder, engine: Engine) -> Verified:
    golden = bundle.golden
    for number, case in enumerate(golden.cases):
        ids = tuple(encoder.encode(case.text).ids)
        if ids != case.ids:
            raise RefusedError(
                f"text {number} of {GOLDEN} should have the ids {_short(case.ids)}, received {_short(ids)}",
                "it was built with another clean-up or vocabulary; fetch the bundle again or train it anew",
            )
    answers = iter(_answers(engine, golden.rows))
    largest = 0.0
    for number, case in enumerate(golden.cases):
        received = next(answers) if case.ids else np.array(bundle.metadata.prior)
        expected = np.array(case.probabilities)
        difference = float(np.abs(received - expected).max())
        # Written so that NaN is a difference.
        if not difference <= TOLERANCE:
            raise RefusedError(
                f"text {number} of {GOLDEN} should have the probabilities {_short(expected)}, received "
                f"{_short(received)} from {engine.name} on {engine.device} (at most {TOLERANCE:g} apart)",
                "its weights are not those it was published with, or this engine computes wrongly; try the other "
                "engine, fetch the bundle again or train it anew",
            )
        largest = max(largest, difference)
    return Verified(len(golden.cases), largest)


def _answers(engine: Engine, rows: list[tuple[int, ...]]) -> Outputs:
    try:
        return engine.predict(*padded_rows(rows))
    except Exception as error:
        raise EngineError(
            f"engine '{engine.name}' on '{engine.device}' cannot run the bundle's network: {one_line(error)}: "
            "try the other engine or device"
        ) from error


def _short(values: Iterable[float]) -> str:
    """Print the first few numbers."""
    first = [f"{value:.6g}" for value in values]
    return f"[{', '.join(first[:8])}{', ...' if len(first) > 8 else ''}]"  # noqa: PLR2004 - fits a line
