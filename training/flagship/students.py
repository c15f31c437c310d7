"""A fold's student: trained on what the fold's teachers said, and asked what none of them has seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from model.preprocessing.vocabulary import Vocabulary
from training.checkpoint import discard_checkpoint
from training.data.tweets import class_shares
from training.evaluation.candidate import FoldAnswer
from training.flagship.cache import Arrays, Cache, identity, pack, texts_identity, unpack
from training.flagship.calibration import with_temperature
from training.flagship.config import StudentConfig
from training.flagship.narrow import EDITION as NARROWING
from training.flagship.narrow import narrowed
from training.flagship.probabilities import honest_temperature
from training.flagship.progress import EpochsShown
from training.flagship.student import Student, best_calibration, train_student
from training.flagship.teachers import Teachers
from training.flagship.transfer import TransferSet
from training.flagship.vectors import WordVectors
from training.flagship.vocabulary import build_vocabulary

NAME: Final = "student"
WIDE: Final = "wide"
EDITION: Final = 2
"""To be raised when students learn differently: they are trained anew then."""
_CALIBRATION: Final = 2
"""To be raised when they are calibrated differently: they answer anew then."""
_STUDENT: Final = "network"
_ANSWERS: Final = "answers"
_WEIGHTS: Final = "weights/"


@dataclass(frozen=True)
class FoldStudent:
    """Trained, or read from where it is kept, when it is first asked.

    What it answers is what its bundle would serve. Its teachers' probabilities are tilted towards rare classes, or a
    bundle, which names the most probable label, would hardly ever name one; so are the targets that it learns, and
    those that tell it when to stop. Its temperature is then the one at which, over the labels of the validation part,
    the label that it names is as probable as it is right: that leaves the labels as they are, and can be folded into
    the weights. So the probability of the label that is named can be believed, of any task; those of the others only
    without a tilt, where temperature and a bias for each class are simply those of the least loss.
    """

    teachers: Teachers

    @property
    def cache(self) -> Cache:
        """Where it is kept, its checkpoint included."""
        return self.teachers.cache.below(NAME)

    @cached_property
    def identity(self) -> str:
        """Digest of everything that decides the answers, to a rounding."""
        served = self.teachers.recipe.student.served_dimension
        return identity(self.trained_identity, _CALIBRATION, NARROWING, served)

    @property
    def trained_identity(self) -> str:
        """Digest of everything that decides the network as it is trained."""
        return self.whole_identity

    @property
    def whole_identity(self) -> str:
        """The network's of a student that lacks nothing.

        Not of the targets, which another machine would round otherwise, but of what decides them.
        """
        teachers, recipe = self.teachers, self.teachers.recipe
        return identity(
            NAME,
            EDITION,
            teachers.fold.identity,
            [teachers.linear.identity, *(one.identity for one in teachers.encoders)],
            texts_identity(teachers.material.texts),
            [
                recipe.ensemble.model_dump(),
                recipe.transfer.model_dump(),
                recipe.student.model_dump(exclude={"served_dimension"}),
            ],
        )

    @cached_property
    def student(self) -> Student:
        """The network, as it is served."""
        dimension = self.teachers.recipe.student.served_dimension
        if dimension >= self.uncalibrated.architecture.embedding.dimension:
            return self.trained
        return self._calibrated(narrowed(self.uncalibrated, self.transfer_set().texts, dimension))

    @cached_property
    def trained(self) -> Student:
        """The network, as it was trained, and calibrated."""
        return self._calibrated(self.uncalibrated)

    @cached_property
    def uncalibrated(self) -> Student:
        """The network, as it was trained, with the temperature that training ended with."""
        kept = self.cache.find(_STUDENT, self.trained_identity)
        if kept is not None:
            return self._read(kept)
        made = self._taught()
        self.cache.keep(_STUDENT, self.trained_identity, _arrays(made))
        discard_checkpoint(self.cache.directory)
        return made

    def answer(self) -> FoldAnswer:
        """Answer the validation and the test part."""
        found: dict[str, Any] = self.cache.made(_ANSWERS, self.identity, self._answers)
        return FoldAnswer(
            validation=found["validation"],
            test=found["test"],
            epochs=int(found["epochs"]),
            seconds=float(found["seconds"]),
            unknown_share=found["unknown_share"],
            threshold=self.teachers.threshold(found["validation"]),
        )

    def _answers(self) -> Arrays:
        fold, student = self.teachers.fold, self.student
        test = fold.texts(fold.split.test)
        rows, unknown, truncated = student.encoder.encode_all(test)
        return {
            "validation": self.probabilities(fold.texts(fold.split.validation)),
            "test": self.probabilities(test),
            "epochs": np.array(len(student.history)),
            "seconds": np.array(sum(epoch["seconds"] for epoch in student.history)),
            "unknown_share": unknown / np.maximum(1, unknown + rows.lengths + truncated),
        }

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """Answer texts, if there are any: [texts, classes]."""
        if not texts:
            return np.empty((0, self.teachers.fold.classes))
        return self.student.probabilities(texts).astype(np.float64)

    def transfer_set(self) -> TransferSet:
        """Return what it learns from."""
        return self.teachers.transfer_set()

    def watched_set(self) -> TransferSet:
        """Return what tells it when to stop."""
        return self.teachers.watched_set()

    def vectors(self, vocabulary: Vocabulary) -> WordVectors | None:
        """Return where its word vectors start; None for a random start.

        Raises UsageError for a vocabulary smaller than the vectors.
        """
        dimension = self.teachers.recipe.student.dimension
        if self.teachers.encoders and len(vocabulary.words) < dimension:
            raise UsageError(
                f"vectors of {len(vocabulary.words)} words have no {dimension} dimensions: "
                "give larger files, or the recipe's student a smaller dimension"
            )
        return self.teachers.vectors(vocabulary.words)

    @property
    def settings(self) -> StudentConfig:
        """What it is."""
        return self.teachers.recipe.student

    def config(self, texts: int) -> StudentConfig:  # noqa: ARG002 - others depend on it
        """Return how it learns from so many texts."""
        return self.settings

    def _taught(self) -> Student:
        teachers, transfer = self.teachers, self.transfer_set()
        config = self.config(len(transfer))
        vocabulary = build_vocabulary(transfer.texts, config.vocabulary)
        vectors = self.vectors(vocabulary)
        with EpochsShown(teachers.reporter, f"{teachers.fold.name}: training {self.cache.directory.name}") as progress:
            student = train_student(
                transfer,
                self.watched_set(),
                config,
                self.cache.directory,
                progress,
                vocabulary=vocabulary,
                vectors=vectors,
                precision=teachers.precision,
                anew=True,
            )
        return replace(student, prior=self._prior)

    @property
    def _prior(self) -> npt.NDArray[np.float64]:
        """The answer to a text without a token: the labels' shares, and not those of all that was learnt from."""
        fold = self.teachers.fold
        return class_shares(fold.corpus.tweets.targets[fold.split.train], fold.classes)

    def _calibrated(self, student: Student) -> Student:
        if not self.teachers.recipe.ensemble.tilt:
            return _tempered(student, *best_calibration(student, self.teachers.validation_set()))
        fold = self.teachers.fold
        rows = fold.split.validation
        found = student.probabilities(fold.texts(rows)).astype(np.float64)
        return _tempered(student, honest_temperature(found, fold.corpus.tweets.targets[rows]))

    def _read(self, kept: dict[str, npt.NDArray[Any]]) -> Student:
        config = self.settings
        vocabulary = Vocabulary.of_words(unpack(kept["words"]), unpack(kept["pieces"]))
        return Student(
            architecture=config.architecture(vocabulary, self.teachers.fold.classes),
            weights={name.removeprefix(_WEIGHTS): kept[name] for name in kept if name.startswith(_WEIGHTS)},
            preprocessing=config.preprocessing,
            vocabulary=vocabulary,
            prior=kept["prior"],
            temperature=float(kept["temperature"]),
            bias=(0.0,) * self.teachers.fold.classes,
            history=tuple(json.loads(str(kept["history"]))),
            best_epoch=int(kept["best_epoch"]),
        )


@dataclass(frozen=True)
class StudentAsTrained(FoldStudent):
    """One whose word vectors are not narrowed."""

    @cached_property
    def identity(self) -> str:
        """Digest of everything that decides the answers, to a rounding."""
        return identity(self.trained_identity, _CALIBRATION)

    @cached_property
    def student(self) -> Student:
        """The network, as it was trained."""
        return self.trained


@dataclass(frozen=True)
class WideStudent(StudentAsTrained):
    """A fold's student before its word vectors are narrowed."""

    @property
    def cache(self) -> Cache:
        """Where its answers are kept; the network is the other's."""
        return self.teachers.cache.below(f"{NAME}-{WIDE}")

    @cached_property
    def uncalibrated(self) -> Student:
        """The network, as it was trained, with the temperature that training ended with."""
        return FoldStudent(self.teachers).uncalibrated


def _tempered(student: Student, further: float, bias: npt.NDArray[np.float64] | None = None) -> Student:
    weights = with_temperature(student.architecture, student.weights, further, bias)
    added = student.bias if bias is None else tuple(map(float, bias))
    return replace(student, weights=weights, temperature=student.temperature * further, bias=added)


def _arrays(student: Student) -> Arrays:
    return {
        **{f"{_WEIGHTS}{name}": array for name, array in student.weights.items()},
        "words": pack(student.vocabulary.words),
        "pieces": pack(student.vocabulary.pieces),
        "prior": student.prior,
        "temperature": np.array(student.temperature),
        "history": np.array(json.dumps(student.history)),
        "best_epoch": np.array(student.best_epoch),
    }
