"""The teacher that knows the language: a pretrained encoder, fine-tuned on a fold's training part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from training.flagship.bert import HEAD, KerasModel, build_classifier
from training.flagship.cache import Cache, identity
from training.flagship.fine_tune import FineTuning, Lesson, set_weights, weights_of
from training.flagship.fold import Fold
from training.flagship.keras_runtime import column_step, settled
from training.flagship.pretrained import Pretrained
from training.flagship.progress import Reporter
from training.flagship.recipe import TeacherConfig
from training.flagship.texts import EDITION, readable
from training.flagship.wordpieces import Rows, WordPieces, by_length, padded
from training.keras_networks import as_array, built_under
from training.precision import Precision

_WEIGHTS: Final = "weights"
_CHECKPOINT: Final = "checkpoint"
_AT_ONCE: Final = 64
"""Texts of a batch that is predicted."""


@dataclass(frozen=True)
class EncoderTeacher:
    """One fine-tuning. It is trained, or its weights are read, when it is first asked."""

    fold: Fold
    config: TeacherConfig
    seed: int
    pretrained: Pretrained
    cache: Cache
    """Of this teacher alone."""
    precision: Precision = Precision.AUTO

    @property
    def name(self) -> str:
        """Name the teacher among the fold's."""
        return f"encoder-{self.seed}"

    @cached_property
    def identity(self) -> str:
        """Digest of everything that decides the answers, to a rounding."""
        config = self.config.model_dump(exclude={"seeds"})
        return identity(self.name, EDITION, self.fold.identity, config, self.pretrained.digest)

    def logits(self, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return [texts, classes]."""
        return self._answers(self._model(reporter), texts, reporter)

    def pooled(self, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return what the head reads: [texts, hidden size]."""
        import keras  # noqa: PLC0415 - seconds to import

        model = self._model(reporter)
        return self._answers(keras.Model(model.input, model.get_layer(HEAD).input), texts, reporter)

    @cached_property
    def _pieces(self) -> WordPieces:
        return WordPieces(self.pretrained.tokenizer, self.config.max_pieces)

    @cached_property
    def _models(self) -> dict[str, KerasModel]:
        """The network, once it is there: a frozen class' only way to remember what an argument was needed for."""
        return {}

    def _model(self, reporter: Reporter) -> KerasModel:
        if not self._models:
            kept = self._read()
            self._models[self.name] = self._trained(reporter) if kept is None else kept
        return self._models[self.name]

    def _read(self) -> KerasModel | None:
        stored = self.cache.find(_WEIGHTS, self.identity)
        if stored is None:
            return None
        shape, classes, dropout = self.pretrained.shape, self.fold.classes, self.config.dropout
        model = built_under(settled(self.precision), lambda: build_classifier(shape, classes, dropout=dropout))
        set_weights(model, stored)
        return model

    def _trained(self, reporter: Reporter) -> KerasModel:
        tuning = FineTuning(self.pretrained, self.fold.classes, self.config, seed=self.seed, precision=self.precision)
        targets = self.fold.targets
        class_weights = self.fold.class_weights(self.config.class_weight_power).astype(np.float32)
        rows = self._pieces.rows(list(map(readable, self.fold.texts(self.fold.split.train))))
        weights = targets @ class_weights
        lesson = Lesson(rows, targets, weights / weights.mean())
        title = f"{self.fold.name}: fine-tuning {self.name}"
        tuning.learn(lesson, self.identity, self.cache, reporter, title)
        self.cache.keep(_WEIGHTS, self.identity, weights_of(tuning.model))
        self.cache.discard(_CHECKPOINT)
        return tuning.model

    def _answers(self, model: KerasModel, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return what a network gives for texts: [texts, outputs]."""
        if not texts:
            return np.empty((0, int(model.output.shape[-1])), dtype=np.float32)
        rows = self._pieces.rows(list(map(readable, texts)))
        batches = list(by_length(rows, _AT_ONCE))
        with reporter.task(f"{self.fold.name}: {self.name} reads", len(rows)) as advance:
            answers = np.concatenate([_answered(model, rows, batch, advance) for batch in batches])
        ordered = np.empty_like(answers)
        ordered[np.concatenate(batches)] = answers
        return ordered


def _answered(
    model: KerasModel,
    rows: Rows,
    batch: npt.NDArray[np.intp],
    advance: Callable[[int], None],
) -> npt.NDArray[np.float32]:
    """Answer one batch, filled up to the usual size, so that backends compile for few shapes."""
    filled = np.concatenate([batch, np.full(_AT_ONCE - len(batch), batch[0], dtype=np.intp)])
    answers = as_array(model.predict_on_batch(padded(rows, filled, column_step()))).astype(np.float32)
    advance(len(batch))
    return answers[: len(batch)]
