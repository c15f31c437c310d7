"""What a flagship and its teachers make of tweets on topics that nothing was learnt of."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from model.errors import UsageError
from training.data.entities import HeldBack
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.assemble import assemble, check_answer
from training.evaluation.candidate import FoldAnswer
from training.evaluation.oof import Oof
from training.evaluation.weighted import Floats
from training.flagship.students import NAME, FoldStudent

SUFFIX: Final = ".elsewhere"
_ELSEWHERE: Final = "elsewhere"


def check_labels(held_back: HeldBack, labels: Sequence[str]) -> None:
    """Raise UsageError if tweets have a label that the task does not have."""
    if unknown := sorted(set(held_back.labels) - set(labels)):
        raise UsageError(
            f"the recipe's tweets from elsewhere are labelled {unknown[0]!r}, its own {', '.join(map(repr, labels))}: "
            "leave its 'elsewhere' empty"
        )


def elsewhere(made: FoldStudent, held_back: HeldBack) -> dict[str, Oof]:
    """Ask a student and its teachers about tweets that none of them has seen, by name."""
    teachers, texts = made.teachers, held_back.texts
    labels = teachers.fold.corpus.tweets.labels
    targets = np.array([labels.index(label) for label in held_back.labels], dtype=np.intp)
    tweets = LabelledTweets(texts, targets, labels, 0, np.arange(len(texts)))
    found: dict[str, Floats] = {name: teachers.probabilities(name, texts, _ELSEWHERE) for name in teachers.names()}
    found[NAME] = made.probabilities(texts)
    return {f"{name}{SUFFIX}": _table(tweets, held_back, one) for name, one in found.items()}


def _table(tweets: LabelledTweets, held_back: HeldBack, probabilities: Floats) -> Oof:
    empty = np.empty(0, dtype=np.intp)
    split = Split(train=empty, validation=empty, test=np.arange(len(tweets)))
    answer = FoldAnswer(
        validation=np.empty((0, len(tweets.labels))),
        test=probabilities,
        epochs=0,
        seconds=0.0,
        unknown_share=np.zeros(len(tweets)),
    )
    check_answer(_ELSEWHERE, split, answer, len(tweets.labels))
    return assemble(tweets, held_back.clusters, [split], [answer])
