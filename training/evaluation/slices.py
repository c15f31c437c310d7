"""Where it fails: the figures of decisions on tweets of one kind."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from training.evaluation.oof import Oof
from training.evaluation.recompute import decision_estimates
from training.evaluation.result import Slice

_WORDS: Final = (0, 6, 11, 16, 21, 26)
"""Least words of each slice."""
_UNKNOWN: Final = (0.0, 0.05, 0.1, 0.2, 0.3)
"""Share above which a tweet is in the slice; the first one is for tweets with no unknown word."""


def slices(oof: Oof) -> tuple[Slice, ...]:
    """Score every slice that has a tweet."""
    return tuple(scored_slice(by, title, oof.taken(which)) for by, title, which in _kinds(oof) if which.any())


def _kinds(oof: Oof) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    for least, following in pairwise(_WORDS):
        title = f"{max(1, least)} to {following - 1} words"
        yield "words", title, (oof.words >= least) & (oof.words < following)
    yield "words", f"{_WORDS[-1]} words or more", oof.words >= _WORDS[-1]
    yield "unknown_share", "no unknown word", oof.unknown_share <= 0
    for above, most in pairwise(_UNKNOWN):
        inside = (oof.unknown_share > above) & (oof.unknown_share <= most)
        yield "unknown_share", f"above {above:.0%} to {most:.0%} unknown words", inside
    yield "unknown_share", f"above {_UNKNOWN[-1]:.0%} unknown words", oof.unknown_share > _UNKNOWN[-1]
    yield "retweet", "retweet", oof.retweet
    yield "retweet", "no retweet", ~oof.retweet
    yield "cluster_size", "posted once", oof.cluster_size == 1
    yield "cluster_size", "posted more than once", oof.cluster_size > 1
    if oof.twin_in_training.any():
        yield "twin_in_training", "near-duplicate in training", oof.twin_in_training
        yield "twin_in_training", "none in training", ~oof.twin_in_training


def scored_slice(by: str, title: str, oof: Oof) -> Slice:
    """Score some of the tweets, at least one."""
    found = decision_estimates(oof)
    return Slice(
        by=by,
        title=title,
        tweets=len(oof),
        accuracy=found["accuracy"],
        macro_f1=found["macro_f1"],
        f1_positive=found["f1 0"] if oof.binary and (oof.target == 0).any() else None,
    )
