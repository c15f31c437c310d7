"""One bad row costs one row: a batch that fails is bisected until the rows that fail alone are found."""

from typing import NamedTuple

import numpy as np

from model.engines.base import Engine, Ids, Lengths, Outputs
from model.errors import EngineError, one_line

_SLACK = 1e-3
"""How far rounding may carry a probability beyond 0 or 1."""


class Isolated(NamedTuple):
    """Outputs of a batch, and what failed in it."""

    outputs: Outputs
    """[rows, outputs]; NaN for the rows that failed."""
    failed: dict[int, str]
    """Row to why, for people."""


class Canary(NamedTuple):
    """A row whose outputs are known: if even that fails, the engine is to blame and not the rows."""

    ids: Ids
    lengths: Lengths
    outputs: Outputs
    tolerance: float


def predict_isolating(engine: Engine, ids: Ids, lengths: Lengths, canary: Canary) -> Isolated:
    """Run the network over a batch; find the rows that it fails for (an error, or outputs that are no probabilities).

    ids: int32 [rows, columns]; canary: a row whose outputs are known. Raises EngineError if the engine fails for
    the canary too: dead-lettering a whole stream would be the wrong answer to a broken engine.
    """
    width = canary.outputs.shape[1]
    outputs, _ = _attempt(engine, ids, lengths, width)
    if outputs is not None:
        return Isolated(outputs, {})
    _check_engine(engine, canary)
    found = Isolated(np.full((len(ids), width), np.nan, np.float32), {})
    _bisect(engine, ids, lengths, 0, found)
    if found.failed:
        # It may have broken on the way: the rows after that are not to blame.
        _check_engine(engine, canary)
    return found


def _bisect(engine: Engine, ids: Ids, lengths: Lengths, first: int, found: Isolated) -> None:
    """Fill in ``found`` for rows that are known to fail together; first: the number of the first of them."""
    if len(ids) == 1:
        outputs, why = _attempt(engine, ids, lengths, found.outputs.shape[1])
        if outputs is None:
            found.failed[first] = why
        else:
            found.outputs[first] = outputs[0]
        return
    middle = len(ids) // 2
    for half in (slice(0, middle), slice(middle, len(ids))):
        columns = int(lengths[half].max())
        part = np.ascontiguousarray(ids[half, :columns])
        outputs, _ = _attempt(engine, part, lengths[half], found.outputs.shape[1])
        if outputs is None:
            _bisect(engine, part, lengths[half], first + half.start, found)
        else:
            found.outputs[first + half.start : first + half.stop] = outputs


def _attempt(engine: Engine, ids: Ids, lengths: Lengths, width: int) -> tuple[Outputs | None, str]:
    """Return probabilities, or None and why there are none."""
    try:
        outputs = engine.predict(ids, lengths)
    except Exception as error:  # noqa: BLE001 - the runtimes raise types of their own, and each costs a row at most
        return None, one_line(error)
    if outputs.shape != (len(ids), width):
        return None, f"the network gave outputs of shape {list(outputs.shape)}, expected {[len(ids), width]}"
    if not np.isfinite(outputs).all():
        return None, "the network's output is not finite"
    if (outputs < -_SLACK).any() or (outputs > 1 + _SLACK).any():
        return None, "the network's output is not between 0 and 1"
    return outputs, ""


def _check_engine(engine: Engine, canary: Canary) -> None:
    outputs, why = _attempt(engine, canary.ids, canary.lengths, canary.outputs.shape[1])
    if outputs is not None:
        difference = float(np.abs(outputs - canary.outputs).max())
        if difference <= canary.tolerance:
            return
        why = f"its answer to a golden text is off by {difference:.2g}"
    raise EngineError(
        f"engine '{engine.name}' on '{engine.device}' no longer works, even for the bundle's golden text: {why}: "
        "restart, and if it happens again try the other engine or device"
    )
