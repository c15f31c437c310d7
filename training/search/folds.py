"""Scoring drawn values: trained on each fold, scored on what the fold holds out."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model.errors import EngineError, UsageError, one_line
from training.candidate import PresetCandidate
from training.data.clusters import cluster
from training.data.folds import grouped_folds
from training.data.splits import Split, split_rows, thinned
from training.data.tweets import LabelledTweets
from training.evaluation.thresholds import validation_threshold
from training.metrics import score
from training.precision import Precision
from training.presets.schema import Preset
from training.search.progress import SearchReporter
from training.search.space import with_values
from training.search.trial import FoldScore, Trial, save_trial


def training_part(preset: Preset, tweets: LabelledTweets) -> LabelledTweets:
    """Return the training part of the study's split: a search must not see what will judge its result."""
    part = np.sort(split_rows(tweets.targets, preset.split).train)
    return replace(
        tweets,
        texts=tuple(tweets.texts[row] for row in part),
        targets=tweets.targets[part],
        rows=tweets.rows[part],
    )


def search_folds(tweets: LabelledTweets, folds: int, *, subset: float, seed: int) -> list[Split]:
    """Cut tweets into folds of which none has near-duplicates of another's; train on a share of each.

    Raises UsageError if there are too few of a class.
    """
    splits = grouped_folds(tweets, cluster(tweets.texts), folds, seed=seed)
    return [thinned(split, tweets.targets, subset, seed) for split in splits]


def forget_networks() -> None:
    """Free what Keras keeps of networks that nobody needs any more: a search builds hundreds."""
    import keras  # noqa: PLC0415 - seconds to import

    keras.utils.clear_session()


@dataclass(frozen=True)
class Scorer:
    """Trains and scores trials."""

    preset: Preset
    tweets: LabelledTweets
    splits: Sequence[Split]
    glove: Path
    directory: Path
    """Where the trials are recorded."""
    work_dir: Path
    """Where checkpoints go, until a trial is done."""
    precision: Precision
    reporter: SearchReporter

    def finish(self, trial: Trial) -> Trial:
        """Train and score the folds that are left, recording each; an exception of the training fails the trial.

        Raises what is not the drawn values' fault: UsageError, OSError (a full disk), EngineError.
        """
        checkpoints = self.work_dir / f"trial-{trial.number:04}"
        candidate = PresetCandidate(
            with_values(self.preset, trial.values), self.glove, checkpoints, self.reporter, self.precision
        )
        while not trial.finished(len(self.splits)):
            fold = len(trial.folds)
            self.reporter.fold_begins(fold)
            try:
                scored = self._scored(candidate, fold)
            except (UsageError, OSError, EngineError):
                raise
            except Exception as error:  # noqa: BLE001 - a loss that is not finite, or an error of TensorFlow's own types
                trial = trial.model_copy(update={"failure": one_line(error)})
            else:
                trial = trial.model_copy(update={"folds": (*trial.folds, scored)})
            save_trial(trial, self.directory)
        shutil.rmtree(checkpoints, ignore_errors=True)
        forget_networks()
        return trial

    def _scored(self, candidate: PresetCandidate, fold: int) -> FoldScore:
        split, tweets = self.splits[fold], self.tweets
        answer = candidate.answer(tweets, split, fold)
        return FoldScore(
            macro_f1=score(
                tweets.labels,
                tweets.targets[split.test],
                answer.test,
                validation_threshold(tweets.targets[split.validation], answer.validation),
            )["macro_f1"],
            epochs=answer.epochs,
            seconds=answer.seconds,
        )
