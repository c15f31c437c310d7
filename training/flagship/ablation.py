"""What each part of a flagship's recipe adds: students of ever more of what its own student learns from."""

from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.preprocessing.vocabulary import Vocabulary
from training.flagship.cache import Cache, identity
from training.flagship.config import StudentConfig
from training.flagship.material import Kind
from training.flagship.recipe import Recipe
from training.flagship.students import StudentAsTrained
from training.flagship.transfer import TransferSet
from training.flagship.vectors import WordVectors

SUFFIX: Final = ".ablation"
"""Of the names of candidates that are scored in some folds only, beside students that lack something."""
_LEAST_STEPS: Final = 1_000
"""Of a student of few texts, which in as many epochs as the flagship's would hardly have begun. Of more steps it only
learns them by heart: of 500, 1,000, 2,000 and 6,000 these gave the labels' student the least validation loss."""


class Variant(NamedTuple):
    """What a student learns from."""

    name: str
    kinds: tuple[Kind, ...]
    copies: float = 1.0
    """Share of the copies that there are."""
    soft: bool = True
    """Whether the teachers are asked; else each training tweet has its own label."""
    taught_vectors: bool = False
    """Whether its word vectors start at an encoder's; else at random."""


VECTORS: Final = "vectors"
_VARIANTS: Final = (
    Variant("labels", (Kind.LABELLED,), soft=False),
    Variant("soft", (Kind.LABELLED,)),
    Variant("unlabelled", (Kind.LABELLED, Kind.UNLABELLED)),
    Variant("some-copies", (Kind.LABELLED, Kind.UNLABELLED, Kind.COPY), copies=0.25),
    Variant("copies", (Kind.LABELLED, Kind.UNLABELLED, Kind.COPY)),
    Variant(VECTORS, (Kind.LABELLED, Kind.UNLABELLED, Kind.COPY), taught_vectors=True),
)


def variants(recipe: Recipe) -> tuple[Variant, ...]:
    """Return the students of a recipe that lack something, each with all that the one before it has.

    None of them has n-grams, and only the last has what an encoder knows of words. Where the whole student has no
    n-grams either, that one is the whole one; where there is no encoder, the one before it. So it is left out there.
    """
    return _VARIANTS if recipe.student.longest_ngram and recipe.teacher.seeds else _VARIANTS[:-1]


@dataclass(frozen=True)
class AblatedStudent(StudentAsTrained):
    """A fold's student that lacks something: n-grams always."""

    variant: Variant

    @property
    def cache(self) -> Cache:
        """Where it is kept, its checkpoint included."""
        return self.teachers.cache.below(f"student-{self.variant.name}")

    @property
    def trained_identity(self) -> str:
        """Digest of everything that decides the network as it is trained."""
        return identity(self.whole_identity, self.variant, _LEAST_STEPS)

    def transfer_set(self) -> TransferSet:
        """Return the part that this one learns from."""
        found, teachers = self.teachers.material, self.teachers
        kept = _kept(found.kinds, self.variant)
        texts = [found.texts[place] for place in kept]
        if not self.variant.soft:
            targets = teachers.fold.targets[found.origins[kept]]
            # As far towards the rare classes as the teachers are tilted, so that this is not what they add.
            weights = targets @ teachers.fold.class_weights(teachers.recipe.ensemble.tilt)
            return TransferSet(texts, targets, (weights / weights.mean()).astype(np.float32))
        whole = teachers.transfer_set()
        return TransferSet(texts, whole.targets[kept], whole.weights[kept])

    def watched_set(self) -> TransferSet:
        """Return what tells it when to stop: what its teachers say, if it has any."""
        return super().watched_set() if self.variant.soft else self.teachers.validation_set()

    def vectors(self, vocabulary: Vocabulary) -> WordVectors | None:
        """Return where its word vectors start; None for a random start."""
        return super().vectors(vocabulary) if self.variant.taught_vectors else None

    @property
    def settings(self) -> StudentConfig:
        """What it is: without n-grams."""
        return self.teachers.recipe.student.model_copy(update={"longest_ngram": 0})

    def config(self, texts: int) -> StudentConfig:
        """Let a student of few texts see them more often."""
        config = self.settings
        epochs = max(config.max_epochs, ceil(_LEAST_STEPS * config.batch_size / texts))
        patience = ceil(config.patience * epochs / config.max_epochs)
        return config.model_copy(update={"max_epochs": epochs, "patience": patience})


def _kept(kinds: npt.NDArray[np.int8], variant: Variant) -> npt.NDArray[np.intp]:
    """Return the places of the texts that a variant learns from."""
    kept = np.isin(kinds, variant.kinds)
    copies = np.flatnonzero(kinds == Kind.COPY)
    kept[copies[round(variant.copies * len(copies)) :]] = False
    return np.flatnonzero(kept)
