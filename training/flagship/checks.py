"""What the protocol guards against, and what more labels would bring: teachers of folds that are wrong, or smaller."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.errors import WarbleError
from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.across import LOOK_ALIKE, NEAR_DUPLICATE, pairs_across
from training.evaluation.candidate import FoldAnswer
from training.evaluation.oof import Oof
from training.flagship.corpus import Corpus
from training.flagship.fold import Fold
from training.flagship.teachers import Teachers

SHUFFLED: Final = "linear.shuffled"
"""Labels that nothing can be learnt of."""
AGAIN: Final = "linear.again"
"""Judged by tweets that were posted more than once, as all else without having seen any of them."""
LEAKY: Final = "linear.leaky"
"""Judged by the same, their near-duplicates put back into training."""
UNLIKE: Final = ".unlike"
"""After the names of those that are judged by tweets that hardly resemble any of another fold."""
CURVE: Final = ".curve-"
"""In the names of those that learnt from a part of the training tweets, before how many parts there are."""
PARTS: Final = (8, 4, 2)
"""Of which one is learnt from, for the learning curve."""
_STEPS: Final = 0.5
"""Of those of all training tweets, what a part of them takes at least."""


class Answered(NamedTuple):
    """What a candidate answered in a fold."""

    fold: Fold
    answer: FoldAnswer


def check_apart(folds: Sequence[Fold]) -> None:
    """Raise WarbleError if near-duplicates are scored in different folds: one model has seen what another is asked."""
    corpus = folds[0].corpus
    scored = np.concatenate([fold.split.test for fold in folds])
    number = np.repeat(np.arange(len(folds)), [len(fold.split.test) for fold in folds])
    pairs = pairs_across([corpus.normalised[place] for place in scored], number, NEAR_DUPLICATE)
    if len(pairs):
        one, other = corpus.tweets.rows[scored[pairs[0]]].tolist()
        raise WarbleError(
            f"the tweets in rows {one} and {other} are near-duplicates in different folds, and {len(pairs) - 1} more "
            "pairs: figures of such folds would flatter; please report this"
        )


def unlike(table: Oof, corpus: Corpus) -> Oof:
    """Leave the tweets that resemble none in another fold, by a looser measure than that of near-duplicates."""
    normalised = [corpus.normalised[place] for place in np.searchsorted(corpus.tweets.rows, table.row)]
    pairs = pairs_across(normalised, table.fold, LOOK_ALIKE)
    return table.taken(~np.isin(np.arange(len(table)), pairs))


def curve_name(teacher: str, parts: int) -> str:
    """Return what a teacher of one of so many parts of the training tweets is called."""
    return f"{teacher}{CURVE}{parts}"


def guarded(teachers: Teachers) -> dict[str, Answered]:
    """Break the rules with the linear model, which is quick, to see what they are for."""
    fold = teachers.fold
    found = {SHUFFLED: _linear(teachers, SHUFFLED, shuffled(fold, teachers.recipe.seed))}
    again = posted_again(fold)
    if len(again.split.test):
        honest, judged = teachers.answer("linear"), np.isin(fold.split.test, again.split.test)
        found[AGAIN] = Answered(again, honest._replace(test=honest.test[judged]))
        found[LEAKY] = _linear(teachers, LEAKY, leaky(again))
    return found


def curve(teachers: Teachers) -> dict[str, Answered]:
    """Train the teachers on parts of the training tweets, each within the next larger one, too.

    A small part is learnt from more often: an encoder that takes half as many steps as of all is not to be told from
    one that has too few tweets.
    """
    found: dict[str, Answered] = {}
    recipe = teachers.recipe
    for parts in PARTS:
        name = f"curve-{parts}"
        often = recipe.teacher.model_copy(update={"epochs": ceil(recipe.teacher.epochs * parts * _STEPS)})
        fewer = replace(
            teachers,
            fold=part_of(teachers.fold, parts, recipe.seed),
            recipe=recipe.model_copy(update={"teacher": often}),
            cache=teachers.cache.below(name),
            _ensembles={},
        )
        found |= {curve_name(one, parts): Answered(fewer.fold, fewer.answer(one)) for one in fewer.names()}
    return found | {curve_name(one, 1): Answered(teachers.fold, teachers.answer(one)) for one in teachers.names()}


def shuffled(fold: Fold, seed: int) -> Fold:
    """Shuffle the labels of all clusters; near-duplicates keep one label, or they would be something to learn."""
    corpus = fold.corpus
    of_cluster = corpus.tweets.targets[np.unique(corpus.clusters, return_index=True)[1]]
    turned = np.random.default_rng(seed).permutation(of_cluster)[corpus.clusters]
    tweets: LabelledTweets = replace(corpus.tweets, targets=turned)
    return Fold(fold.name, replace(corpus, tweets=tweets), fold.split)


def posted_again(fold: Fold) -> Fold:
    """Leave the tweets in the test part that have near-duplicates."""
    clusters, (train, validation, test) = fold.corpus.clusters, fold.split
    several = np.bincount(clusters)[clusters[test]] > 1
    return Fold(fold.name, fold.corpus, Split(train, validation, test[several]))


def leaky(fold: Fold) -> Fold:
    """Put the test part's near-duplicates, but not its tweets themselves, into the training part."""
    clusters, (train, validation, test) = fold.corpus.clusters, fold.split
    near = np.setdiff1d(np.flatnonzero(np.isin(clusters, clusters[test])), test)
    return Fold(fold.name, fold.corpus, Split(np.union1d(train, near), validation, test))


def part_of(fold: Fold, parts: int, seed: int) -> Fold:
    """Keep one of so many parts of each class' training tweets; of fewer parts, a larger one around it."""
    train, validation, test = fold.split
    order: npt.NDArray[np.intp] = np.random.default_rng(seed).permutation(train)
    of_order = fold.corpus.tweets.targets[order]
    kept = [
        of_class[: -(-len(of_class) // parts)]
        for of_class in (order[of_order == label] for label in range(fold.classes))
    ]
    return Fold(fold.name, fold.corpus, Split(np.sort(np.concatenate(kept)), validation, test))


def _linear(teachers: Teachers, name: str, fold: Fold) -> Answered:
    alone = Teachers(fold, teachers.recipe, teachers.cache.below(name), teachers.reporter)
    return Answered(fold, alone.answer("linear"))
