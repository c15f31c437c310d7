"""A fold's teachers together: what they say of tweets nobody trained them on, and what a student learns from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from training.data.tweets import class_shares
from training.evaluation.candidate import FoldAnswer
from training.evaluation.thresholds import expected_threshold
from training.evaluation.weighted import Floats
from training.flagship.cache import Cache
from training.flagship.encoder import EncoderTeacher
from training.flagship.ensemble import Ensemble, choose
from training.flagship.fold import Fold
from training.flagship.labels import asked
from training.flagship.linear import LinearTeacher
from training.flagship.material import Kind, Material, material
from training.flagship.pretrained import Pretrained
from training.flagship.progress import Reporter
from training.flagship.recipe import Recipe
from training.flagship.transfer import TransferSet
from training.flagship.vectors import WordVectors, word_vectors
from training.precision import Precision

TeacherName = Literal["linear", "encoder", "ensemble"]
TEACHERS: Final[tuple[TeacherName, ...]] = ("linear", "encoder", "ensemble")
_VALIDATION: Final = "validation"
_TEST: Final = "test"
_TRANSFER: Final = "transfer"


@dataclass(frozen=True)
class Teachers:
    """The linear model and one encoder a seed, all trained on the fold's training part alone."""

    fold: Fold
    recipe: Recipe
    cache: Cache
    """Of the fold."""
    reporter: Reporter
    pretrained: Pretrained | None = None
    """None for a recipe without encoders."""
    precision: Precision = Precision.AUTO
    _ensembles: dict[TeacherName, Ensemble] = field(default_factory=dict)

    @cached_property
    def linear(self) -> LinearTeacher:
        """The one that sees letters."""
        return LinearTeacher(self.fold, self.recipe.linear)

    @cached_property
    def encoders(self) -> list[EncoderTeacher]:
        """Those that know the language."""
        if self.pretrained is None:
            return []
        return [
            EncoderTeacher(
                self.fold,
                self.recipe.teacher,
                seed,
                self.pretrained,
                self.cache.below(f"encoder-{seed}"),
                self.precision,
            )
            for seed in self.recipe.teacher.seeds
        ]

    def names(self) -> tuple[TeacherName, ...]:
        """Name the teachers that can be scored."""
        return TEACHERS if self.encoders else ("linear",)

    def answer(self, name: TeacherName) -> FoldAnswer:
        """Answer the validation and the test part, as what is evaluated does."""
        validation = self.probabilities(name, self.fold.texts(self.fold.split.validation), _VALIDATION)
        return FoldAnswer(
            validation=validation,
            test=self.probabilities(name, self.fold.texts(self.fold.split.test), _TEST),
            epochs=self.recipe.teacher.epochs if name != "linear" else 0,
            seconds=0.0,
            threshold=self.threshold(validation),
        )

    def threshold(self, validation: Floats) -> float | None:
        """Return the threshold of a task of two labels, by the validation part's probabilities.

        None for more labels; and where they are tilted, and so not to be believed: it is left to be chosen then.
        """
        return None if self.recipe.ensemble.tilt else expected_threshold(validation)

    @cached_property
    def material(self) -> Material:
        """The texts that the student learns from."""
        return material(self.fold, self.recipe, self.cache, self.reporter)

    def transfer_set(self) -> TransferSet:
        """Return what the student learns from, labelled by all teachers together."""
        found, config = self.material, self.recipe.transfer
        targets = self.probabilities("ensemble" if self.encoders else "linear", found.texts, _TRANSFER)
        labelled = found.kinds == Kind.LABELLED
        own = self.fold.targets[found.origins[labelled]]
        targets[labelled] = config.labels_share * own + (1 - config.labels_share) * targets[labelled]
        of_kind = np.array([config.labelled_weight, config.copies_weight, config.unlabelled_weight], dtype=np.float32)
        return TransferSet(found.texts, targets.astype(np.float32), of_kind[found.kinds])

    def validation_set(self) -> TransferSet:
        """Return the validation tweets with their own labels, weighted as the teachers' probabilities are tilted."""
        return self.fold.validation(self.recipe.ensemble.tilt)

    def watched_set(self) -> TransferSet:
        """Return the validation tweets with what the teachers say of them: by these a student is told when to stop.

        Of a rare class there are too few labels to tell one epoch from another, but each answer tells how much of its
        teachers a student has taken over.
        """
        texts = self.fold.texts(self.fold.split.validation)
        targets = self.probabilities("ensemble" if self.encoders else "linear", texts, _VALIDATION)
        return TransferSet(texts, targets.astype(np.float32), np.ones(len(texts), dtype=np.float32))

    def vectors(self, tokens: Sequence[str]) -> WordVectors | None:
        """Return the first encoder's vectors of a student's tokens; None without encoders."""
        if not self.encoders:
            return None
        first = self.encoders[0]
        return word_vectors(first, tokens, self.recipe.student.dimension, self.cache.below(first.name), self.reporter)

    def chosen(self, name: TeacherName) -> Ensemble:
        """Return what the validation part chose for one kind of teacher, or for all together."""
        if name not in self._ensembles:
            texts = self.fold.texts(self.fold.split.validation)
            linear, encoders = self._logits(name, texts, _VALIDATION)
            shares = self.recipe.ensemble.shares if name == "ensemble" else ((1.0,) if name == "encoder" else (0.0,))
            split, tweets = self.fold.split, self.fold.corpus.tweets
            self._ensembles[name] = choose(
                linear,
                encoders,
                tweets.targets[split.validation],
                class_shares(tweets.targets[split.train], self.fold.classes),
                self.recipe.ensemble.model_copy(update={"shares": shares}),
            )
        return self._ensembles[name]

    def probabilities(self, name: TeacherName, texts: Sequence[str], what: str) -> Floats:
        """Return [texts, classes]; what: names the texts among those that the teachers are asked."""
        if not texts:
            return np.empty((0, self.fold.classes))
        return self.chosen(name).probabilities(*self._logits(name, texts, what))

    def _logits(
        self, name: TeacherName, texts: Sequence[str], what: str
    ) -> tuple[npt.NDArray[np.float32], list[npt.NDArray[np.float32]]]:
        linear = asked(self.linear, texts, what, self.cache, self.reporter)
        encoders = self.encoders if name != "linear" else []
        return linear, [asked(one, texts, what, self.cache, self.reporter) for one in encoders]
