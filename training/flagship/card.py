"""MODEL_CARD.md of a flagship: what it learned from, and how good networks made like it are."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from training.cards.template import filled, layer_in_words, percent
from training.data.tweets import LabelledTweets
from training.evaluation.oof import Oof
from training.evaluation.recompute import NO_ANSWER
from training.evaluation.result import Estimate
from training.evaluation.slices import slices
from training.flagship.material import Kind
from training.flagship.scores import ScoreFile, without_no_answer
from training.flagship.slices import text_slices
from training.flagship.students import NAME, FoldStudent
from training.flagship.teachers import TEACHERS

_FEWEST: Final = 50
"""Tweets of a slice that is shown."""


class Evidence(NamedTuple):
    """What is known of students that did not see what they are judged by."""

    scores: ScoreFile
    answered: Oof
    """By the folds' students."""


def flagship_card(
    made: FoldStudent, evidence: Evidence, *, threshold: float | None, built_with: Mapping[str, str]
) -> str:
    """Fill the template of the task. made: of all tweets."""
    student, fold, recipe = made.student, made.teachers.fold, made.teachers.recipe
    tweets, split = fold.corpus.tweets, fold.split
    of_folds = [one for one in evidence.scores.scores if one.candidate in (*TEACHERS, NAME)]
    own = next(one for one in of_folds if one.candidate == NAME)
    kinds = np.bincount(made.teachers.material.kinds, minlength=len(Kind)).tolist()
    judged = without_no_answer(evidence.answered) if NO_ANSWER in tweets.labels else evidence.answered
    found = [*slices(judged), *text_slices(judged, _texts(tweets))]
    return filled(
        f"flagship-{recipe.task}.md.j2",
        name=recipe.name,
        version=recipe.version,
        task=recipe.task,
        labels=tweets.labels,
        tweets=len(tweets),
        without_text=tweets.without_text,
        data_digest=evidence.scores.data_digest,
        parts=[
            (name, np.bincount(tweets.targets[part], minlength=fold.classes).tolist())
            for name, part in (("training", split.train), ("validation", split.validation))
        ],
        encoders=len(made.teachers.encoders),
        material=kinds,
        entities=sum(one.most for one in recipe.data.unlabelled if one.format == "entities"),
        labels_share=recipe.transfer.labels_share,
        tilt=recipe.ensemble.tilt,
        words=len(student.vocabulary.words),
        pieces=len(student.vocabulary.pieces),
        dimension=recipe.student.dimension,
        served_dimension=student.architecture.embedding.dimension,
        layers=[layer_in_words(layer) for layer in student.architecture.layers],
        ngrams=student.architecture.ngrams,
        parameters=made.trained.architecture.trainable_parameters,
        epochs=len(student.history),
        best_epoch=student.best_epoch,
        temperature=student.temperature,
        bias=list(zip(tweets.labels, student.bias, strict=True)),
        threshold=threshold,
        folds=recipe.folds,
        scored=own.all_labels.tweets,
        candidates=[one.candidate for one in of_folds],
        figures=[(title, [one.named[title] for one in of_folds]) for title in own.named],
        per_class=own.all_labels.per_class,
        slices=[one for one in found if one.tweets >= _FEWEST],
        too_small=[one for one in found if one.tweets < _FEWEST],
        classes=len(judged.labels),
        precision=evidence.scores.precision.value,
        percent=percent,
        shown=_shown,
        built_with=", ".join(f"{package} {built}" for package, built in sorted(built_with.items())),
    )


def _texts(tweets: LabelledTweets) -> dict[int, str]:
    return dict(zip(tweets.rows.tolist(), tweets.texts, strict=True))


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "undefined"
    return f"**{estimate.value:.3f}** ({estimate.low:.3f} to {estimate.high:.3f})"
