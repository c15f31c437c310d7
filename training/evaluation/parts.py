"""Which tweets are trained on and scored, under each protocol."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.data.clusters import representatives
from training.data.folds import grouped_folds
from training.data.splits import Split, SplitConfig, split_rows, thinned
from training.data.tweets import LabelledTweets
from training.evaluation.result import Protocol


class Parts(NamedTuple):
    """What decides the parts."""

    protocol: Protocol
    folds: int
    """For ``grouped``."""
    study: SplitConfig
    """For ``study``."""
    subset: float
    """Share of the training and validation parts that is used."""
    seed: int
    """Of the folds and of the subset."""


def splits_of(tweets: LabelledTweets, clusters: npt.NDArray[np.intp], parts: Parts) -> list[Split]:
    """Split the tweets; every split's test part is scored once.

    clusters: [tweets]. Raises UsageError for too few tweets.
    """
    match parts.protocol:
        case "grouped":
            splits = grouped_folds(tweets, clusters, parts.folds, seed=parts.seed)
        case "study":
            splits = [split_rows(tweets.targets, parts.study)]
        case "whole":
            nothing = np.empty(0, dtype=np.intp)
            return [Split(nothing, nothing, representatives(clusters))]
    return [thinned(split, tweets.targets, parts.subset, parts.seed) for split in splits]
