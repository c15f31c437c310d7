"""From the folds' answers to one table of scored tweets."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.errors import WarbleError
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.candidate import FoldAnswer
from training.evaluation.oof import Oof
from training.evaluation.thresholds import validation_threshold
from training.evaluation.traits import retweets, unknown_shares, word_counts


def assemble(
    tweets: LabelledTweets,
    clusters: npt.NDArray[np.intp],
    splits: Sequence[Split],
    answers: Sequence[FoldAnswer],
    *,
    numbers: Sequence[int] | None = None,
) -> Oof:
    """Put together what each fold's test part was answered.

    clusters: [tweets]; numbers: of the folds, default: as they come.
    """
    sizes = np.bincount(clusters)
    folds = []
    for fold, split, answer in zip(numbers or range(len(splits)), splits, answers, strict=True):
        texts = [tweets.texts[row] for row in split.test]
        unknown = answer.unknown_share
        if unknown is None:
            unknown = unknown_shares([tweets.texts[row] for row in split.train], texts)
        threshold = threshold_of(tweets, split, answer)
        of_tweets = clusters[split.test]
        folds.append(
            Oof(
                labels=tweets.labels,
                row=tweets.rows[split.test],
                cluster=of_tweets,
                fold=np.full(len(texts), fold, dtype=np.intp),
                target=tweets.targets[split.test],
                threshold=np.full(len(texts), np.nan if threshold is None else threshold),
                probabilities=answer.test,
                words=word_counts(texts),
                unknown_share=unknown,
                retweet=retweets(texts),
                cluster_size=sizes[of_tweets],
                twin_in_training=np.isin(of_tweets, clusters[split.train]),
            )
        )
    together = Oof.joined(folds)
    return together.taken(np.argsort(together.row))


def threshold_of(tweets: LabelledTweets, split: Split, answer: FoldAnswer) -> float | None:
    """Return the candidate's own threshold, or choose one on the validation part; None unless there are two labels."""
    chosen = validation_threshold(tweets.targets[split.validation], answer.validation)
    return chosen if chosen is None or answer.threshold is None else answer.threshold


def check_answer(name: str, split: Split, answer: FoldAnswer, labels: int) -> None:
    """Raise WarbleError for numbers that are no probabilities, ValueError for a shape that does not fit."""
    if answer.test.shape != (len(split.test), labels):
        raise ValueError(f"an answer of shape {answer.test.shape} does not fit {len(split.test)} tweets")
    for part in (answer.validation, answer.test):
        if not (np.isfinite(part).all() and (part >= 0).all() and (part <= 1).all()):
            raise WarbleError(f"{name} answered with what is no probability: lower its learning rate")
