"""From probabilities to decisions of a binary task."""

import numpy as np
import numpy.typing as npt

_BINARY = 2
DEFAULT = 0.5
"""Where there is nothing to choose by: the more probable of the two labels."""


def validation_threshold(targets: npt.NDArray[np.intp], probabilities: npt.NDArray[np.floating]) -> float | None:
    """Choose the threshold of the first of two labels on a validation part; None for a task of more labels.

    targets: [tweets]; probabilities: [tweets, labels].
    """
    if probabilities.shape[1] != _BINARY:
        return None
    return choose_threshold(targets == 0, probabilities[:, 0])


def expected_threshold(probabilities: npt.NDArray[np.floating]) -> float | None:
    """Find the threshold of the first of two labels for the best F1 if the probabilities are right; None for more.

    probabilities: [tweets, labels], calibrated. The tweets' own labels are not asked: of few positive ones, those next
    to the threshold happen to be what they are, and the best F1 of other tweets is missed by more (Lipton, Elkan and
    Narayanaswamy, 2014, on what is best for F1). Where no tweet has any probability: ``DEFAULT``.
    """
    if probabilities.shape[1] != _BINARY:
        return None
    ranked = np.sort(probabilities[:, 0].astype(np.float64))[::-1]
    if not ranked.sum():
        return DEFAULT
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    # From half of the greatest F1 on, giving one more tweet the label does not raise it.
    return float(expected.max() / 2)


def choose_threshold(truth_is_positive: npt.NDArray[np.bool_], probability: npt.NDArray[np.floating]) -> float:
    """Find the probability from which on the positive label should be given, for the best F1.

    Both: [tweets], of a validation part: chosen on what is scored, it would flatter. Any threshold between two
    neighbouring probabilities decides the same; the middle of them is taken, which carries best to other tweets (the
    outermost ones are bounded by 0 and 1). Of equally good ones the highest is taken.
    Without any positive tweet there is nothing to choose by: ``DEFAULT``. Raises ValueError for shapes that differ.
    """
    if truth_is_positive.shape != probability.shape:
        raise ValueError(f"{truth_is_positive.shape} truths do not fit {probability.shape} probabilities")
    positives = int(truth_is_positive.sum())
    if not positives:
        return DEFAULT
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order].astype(np.float64)
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(truth_is_positive[order])[ends]
    best = int(np.argmax(2 * hits / (ends + 1 + positives)))
    lowest_given = ranked[ends[best]]
    highest_left = ranked[ends[best] + 1] if best + 1 < len(ends) else 0.0
    middle = float((lowest_given + highest_left) / 2)
    # Between neighbouring floating-point numbers there is no middle.
    return middle if middle > highest_left else float(lowest_given)
