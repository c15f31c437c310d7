"""Training a student on a teacher's soft targets, or going on where it was."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.architecture.config import EMBEDDING, NGRAMS, Architecture
from model.architecture.weights import Weights
from model.batching import cut
from model.bundle.metadata import to_json
from model.engines.base import Engine, Ids, Lengths
from model.engines.choose import load_engine
from model.errors import UsageError, WarbleError
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoder
from model.preprocessing.vocabulary import Vocabulary
from model.rows import Rows
from training.batches import bucketed_batches
from training.checkpoint import Checkpoint, Epoch, discard_checkpoint, save_checkpoint
from training.flagship.batches import averaging, batches_an_epoch, learning_rate
from training.flagship.calibration import (
    fit_temperature,
    fit_temperature_and_bias,
    rounded,
    soft_cross_entropy,
    with_temperature,
)
from training.flagship.config import StudentConfig
from training.flagship.embeddings import Vectors, initial_embedding
from training.flagship.learner import SoftLearner
from training.flagship.transfer import TransferSet
from training.flagship.vocabulary import build_vocabulary
from training.inputs import MAX_TOKENS
from training.loop import resume
from training.metrics import score
from training.precision import Precision, resolved
from training.progress import Reporter


@dataclass(frozen=True, eq=False)
class Student:
    """A trained network as it is served."""

    architecture: Architecture
    weights: Weights
    """The average's of the best epoch; word vectors and n-grams rounded to 16 bits, the temperature in what makes the
    logits."""
    preprocessing: Preprocessing
    vocabulary: Vocabulary
    prior: npt.NDArray[np.float64]
    """[classes] mean of the weighted targets: the answer for a text without a token."""
    temperature: float
    """What the logits were divided by."""
    bias: tuple[float, ...]
    """What was then added to each class's."""
    history: tuple[Epoch, ...]
    best_epoch: int

    @cached_property
    def encoder(self) -> Encoder:
        """What turns texts into ids, here and when it is served."""
        return Encoder(self.preprocessing, self.vocabulary)

    @cached_property
    def engine(self) -> Engine:
        """The engine that serves on a CPU."""
        return load_engine(self.architecture, self.weights, engine="onnx", device="cpu")

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Answer texts as the bundle does: [texts, classes]."""
        return _predicted(self.engine.predict, self.encoder.encode_all(texts).rows, self.prior)


class _Part(NamedTuple):
    """A transfer set as the network reads it; texts without a token are left out."""

    rows: Rows
    soft: TransferSet

    @classmethod
    def of(cls, given: TransferSet, encoder: Encoder) -> "_Part":
        """Encode the texts."""
        rows = encoder.encode_all(given.texts).rows
        kept = np.flatnonzero(rows.lengths).tolist()
        texts = [given.texts[row] for row in kept]
        return cls(rows.at(kept), TransferSet(texts, given.targets[kept], given.weights[kept]))

    def digest(self) -> str:
        """Name what the network learns from: SHA-256."""
        digest = hashlib.sha256()
        for array in (self.rows.ids, self.rows.lengths, self.soft.targets, self.soft.weights):
            digest.update(np.ascontiguousarray(array).tobytes() + b"|")
        return digest.hexdigest()


def train_student(
    transfer: TransferSet,
    validation: TransferSet,
    config: StudentConfig,
    workdir: Path,
    progress: Reporter,
    *,
    vocabulary: Vocabulary | None = None,
    vectors: Vectors | None = None,
    precision: Precision = Precision.FLOAT32,
    anew: bool = False,
) -> Student:
    """Train until the config says stop; every epoch ends in a checkpoint in ``workdir``, from which it goes on.

    A run that was killed ends, once continued, as it would have without the kill.
    validation: what decides when to stop, and the temperature.
    vocabulary: default: one built of the transfer set's texts; vectors: to start from, default: random ones; anew:
    whether another run's checkpoint in ``workdir`` is thrown away.
    Raises UsageError if there is one and it is not, the two sets differ in their classes, or either has
    no text with a token; WarbleError if the loss is not finite.
    """
    classes = transfer.targets.shape[1]
    if validation.targets.shape[1] != classes:
        raise UsageError(
            f"the transfer set has {classes} classes, the validation set {validation.targets.shape[1]}: "
            "give both the same ones"
        )
    words = build_vocabulary(transfer.texts, config.vocabulary) if vocabulary is None else vocabulary
    encoder = Encoder(config.preprocessing, words)
    parts = _Part.of(transfer, encoder), _Part.of(validation, encoder)
    for name, part in zip(("transfer", "validation"), parts, strict=True):
        if not part.soft.weights.any():
            raise UsageError(f"no text of the {name} set has a token and a weight: give others")
    embedding = None
    if vectors is not None:
        embedding = initial_embedding(words, vectors, config.dimension, seed=config.seed).matrix
    architecture = config.architecture(words, classes)
    run = _identity(config, words, parts, embedding, precision=resolved(precision))
    state = _resumed(run, workdir, progress, anew=anew)
    if state is None or not state.finished:
        learner = SoftLearner(architecture, config, precision=precision)
        if state is None and embedding is not None:
            learner.start_from({EMBEDDING: embedding})
        state = _Loop(learner, *parts, config, progress).train(run, state, workdir)
    else:
        progress.say(f"{len(state.history)} epochs are trained already")
    return _finished(architecture, state, words, config, transfer, parts[1])


def best_calibration(student: Student, validation: TransferSet) -> tuple[float, npt.NDArray[np.float64]]:
    """Return what its logits are to be divided by further, and what is added then, [classes].

    Both for the least loss over texts with a token.
    """
    part = _Part.of(validation, student.encoder)
    return fit_temperature_and_bias(_predicted(student.engine.predict, part.rows, student.prior), part.soft)


@dataclass(frozen=True)
class _Loop:
    """Epoch after epoch until the validation loss stops falling."""

    learner: SoftLearner
    training: _Part
    validation: _Part
    config: StudentConfig
    progress: Reporter
    clock: Callable[[], float] = time.monotonic

    def train(self, run: dict[str, str], state: Checkpoint | None, workdir: Path) -> Checkpoint:
        """Train from a checkpoint on, or from the start."""
        if state is None:
            average = self.learner.averaged_weights()
            state = Checkpoint(run, self.learner.weights(), self.learner.state(), best_weights=average, best_epoch=0)
        else:
            self.progress.say(f"going on after epoch {len(state.history)}")
            self.learner.restore(state.weights, state.optimizer)
        batches = batches_an_epoch(len(self.training.rows), self.config)
        self.progress.begin(first_epoch=len(state.history) + 1, epochs=self.config.max_epochs, batches=batches)
        while not state.finished:
            state = self._next_epoch(state, batches)
            save_checkpoint(state, workdir)
            self.progress.epoch_done(state.history[-1], state.best_epoch)
        return state

    def _next_epoch(self, state: Checkpoint, batches: int) -> Checkpoint:
        config, number, started = self.config, len(state.history) + 1, self.clock()
        self.learner.begin_epoch(seed=config.seed, epoch=number)
        rows, soft = self.training
        total, step = 0.0, (number - 1) * batches
        order = bucketed_batches(
            rows.lengths, config.batch_size, seed=config.seed, epoch=number, together=config.bucket_batches
        )
        for done, batch in enumerate(order, start=1):
            loss = self.learner.learn(
                rows.rectangle(batch)[0],
                soft.targets[batch],
                soft.weights[batch],
                learning_rate=learning_rate(step, batches * config.max_epochs, config),
                averaging=averaging(step, config),
            )
            total += loss * len(batch)
            step += 1
            self.progress.batch_done(number, done)
        epoch = self._validated(number, total / len(rows), self.clock() - started)
        improved = epoch["validation_loss"] < min((past["validation_loss"] for past in state.history), default=np.inf)
        best_epoch = number if improved else state.best_epoch
        return replace(
            state,
            weights=self.learner.weights(),
            optimizer=self.learner.state(),
            best_weights=self.learner.averaged_weights() if improved else state.best_weights,
            best_epoch=best_epoch,
            history=(*state.history, epoch),
            finished=number >= config.max_epochs or number - best_epoch >= config.patience,
        )

    def _validated(self, number: int, loss: float, seconds: float) -> Epoch:
        rows, soft = self.validation
        probabilities = _predicted(lambda ids, _: self.learner.predict(ids), rows, np.zeros(soft.targets.shape[1]))
        validation_loss = soft_cross_entropy(probabilities, soft)
        if not np.isfinite([loss, validation_loss]).all():
            raise WarbleError(
                f"the loss of epoch {number} is {loss:g}, on the validation texts {validation_loss:g}: "
                "lower the student's learning_rate"
            )
        labels = [str(index) for index in range(probabilities.shape[1])]
        return Epoch(
            epoch=number,
            loss=loss,
            validation_loss=validation_loss,
            validation_macro_f1=score(labels, soft.targets.argmax(axis=1), probabilities)["macro_f1"],
            seconds=seconds,
        )


def _resumed(run: dict[str, str], workdir: Path, progress: Reporter, *, anew: bool) -> Checkpoint | None:
    try:
        return resume(run, workdir)
    except UsageError:
        if not anew:
            raise
        progress.say("there is another run's checkpoint: starting anew")
        discard_checkpoint(workdir)
        return None


def _finished(
    architecture: Architecture,
    state: Checkpoint,
    vocabulary: Vocabulary,
    config: StudentConfig,
    transfer: TransferSet,
    validation: _Part,
) -> Student:
    """Round the large tables, then fit the temperature to what is left."""
    weights = dict(state.best_weights)
    for table in {EMBEDDING, NGRAMS} & weights.keys():
        weights[table] = rounded(weights[table])
    prior = np.average(transfer.targets.astype(np.float64), axis=0, weights=transfer.weights)
    hot = load_engine(architecture, weights, engine="onnx", device="cpu")
    temperature = fit_temperature(_predicted(hot.predict, validation.rows, prior), validation.soft)
    return Student(
        architecture=architecture,
        weights=with_temperature(architecture, weights, temperature),
        preprocessing=config.preprocessing,
        vocabulary=vocabulary,
        prior=prior / prior.sum(),
        temperature=temperature,
        bias=(0.0,) * architecture.outputs,
        history=state.history,
        best_epoch=state.best_epoch,
    )


def _predicted(
    predict: Callable[[Ids, Lengths], npt.NDArray[np.float32]], rows: Rows, prior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Predict rows of ids, [rows, classes], in batches of about equal length; an empty one gets the prior."""
    probabilities = np.tile(prior.astype(np.float32), (len(rows), 1))
    order = np.argsort(rows.lengths, kind="stable")
    order = order[np.count_nonzero(rows.lengths == 0) :]
    for batch in cut(rows.lengths[order].tolist(), MAX_TOKENS):
        probabilities[order[batch]] = predict(*rows.rectangle(order[batch]))
    return probabilities


def _identity(
    config: StudentConfig,
    vocabulary: Vocabulary,
    parts: tuple[_Part, _Part],
    embedding: npt.NDArray[np.float32] | None,
    *,
    precision: Precision,
) -> dict[str, str]:
    """Name everything that decides the trained weights, for telling one run's checkpoint from another's."""
    vectors = "random" if embedding is None else hashlib.sha256(embedding.tobytes()).hexdigest()
    return {
        "student": config.model_dump_json(exclude={"vocabulary", "served_dimension"}),
        "vocabulary": hashlib.sha256(to_json(vocabulary.to_json())).hexdigest(),
        "transfer set": parts[0].digest(),
        "validation set": parts[1].digest(),
        "word vectors": vectors,
        "precision": str(precision),
        "keras": version("keras"),
        "numpy": version("numpy"),
    }
