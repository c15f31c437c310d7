"""Texts to labels: the one thing that the stream and the command line need from this package."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from model.batching import cut
from model.bundle.golden import TOLERANCE
from model.bundle.metadata import Metadata
from model.bundle.read import Bundle, load_bundle
from model.bundle.verify import Verified, verify
from model.engines.base import Engine
from model.engines.choose import DeviceChoice, EngineChoice, load_engine
from model.errors import UsageError
from model.isolation import Canary, predict_isolating
from model.preprocessing.encoder import Encoder
from model.rows import Rows

MAX_TOKENS = 16_384
FAILED = -1


class Predictions(NamedTuple):
    """What became of each row."""

    probabilities: npt.NDArray[np.float32]
    """[rows, labels]; rows that failed are NaN."""
    failed: dict[int, str]
    """Row to why, for people."""
    labels: npt.NDArray[np.intp]
    """[rows] index of the label: most common class for an empty row, ``-1`` for one that failed, else ``decide``'s."""
    padding: float | None = None
    """Share of the network's input that was padding; None where the network was not run."""


@dataclass(frozen=True)
class Classified:
    """A tweet's label, or why it has none."""

    label: str | None
    score: float | None
    """Probability of ``label``."""
    probabilities: dict[str, float]
    empty: bool = False
    """Nothing was left after cleaning: the answer is the bundle's prior."""
    failure: str | None = None


class Classifier:
    """A verified and warm model.

    ``predict`` is for one thread at a time; another may ``encode_all`` meanwhile.
    max_tokens: most padded tokens (rows x longest row) of one run of the network; where it masks nothing, every row
    is as long as the longest kind.
    Raises UsageError if the longest tweet alone would not fit.
    """

    def __init__(self, bundle: Bundle, encoder: Encoder, engine: Engine, *, max_tokens: int = MAX_TOKENS) -> None:
        metadata = bundle.metadata
        self._max_length = metadata.preprocessing.max_length
        if max_tokens < self._max_length:
            raise UsageError(
                f"a batch of {max_tokens} tokens cannot hold one tweet of the longest kind: "
                f"allow at least {self._max_length} tokens a batch for bundle '{metadata.name}'"
            )
        self.metadata: Metadata = metadata
        self.name = metadata.name
        self.version = metadata.version
        self.task = metadata.task
        self.labels = metadata.labels
        self.digests = bundle.digests
        self.engine = engine
        self.encode = encoder.encode
        self.encode_all = encoder.encode_all
        self.verified: Verified = verify(bundle, encoder, engine)
        self._max_tokens = max_tokens
        self._prior = np.array(metadata.prior, np.float32)
        self._canary = _canary(bundle)

    @classmethod
    def load(
        cls,
        bundle: str,
        *,
        engine: EngineChoice = "auto",
        device: DeviceChoice = "auto",
        max_tokens: int = MAX_TOKENS,
        threads: int | None = None,
        public_key: Path | None = None,
    ) -> Self:
        """Read a bundle by name or path, build its network, verify its golden answers, and warm up.

        public_key: PEM file of the ed25519 key that must have signed the bundle.
        Raises BundleError or UsageError, each with a text for the user.
        """
        loaded = load_bundle(bundle, public_key=public_key)
        classifier = cls.build(loaded, engine=engine, device=device, max_tokens=max_tokens, threads=threads)
        classifier.engine.warm(loaded.metadata.preprocessing.max_length, max_tokens)
        return classifier

    @classmethod
    def build(
        cls,
        bundle: Bundle,
        *,
        engine: EngineChoice = "auto",
        device: DeviceChoice = "auto",
        max_tokens: int = MAX_TOKENS,
        threads: int | None = None,
    ) -> Self:
        """Build the network of a bundle that was read, and verify its golden answers; cold as yet."""
        metadata = bundle.metadata
        built = load_engine(metadata.architecture, bundle.weights, engine=engine, device=device, threads=threads)
        encoder = Encoder(metadata.preprocessing, bundle.vocabulary)
        return cls(bundle, encoder, built, max_tokens=max_tokens)

    def predict(self, rows: Rows | Sequence[Sequence[int]]) -> Predictions:
        """Give each row of ids its probabilities; an empty row gets the bundle's prior.

        Rows may come in any order and number: they are sorted by length and cut into batches of ``max_tokens``.
        Raises EngineError if the engine itself is broken, rather than one row or another.
        """
        if not isinstance(rows, Rows):
            rows = Rows.of(rows)
        lengths = rows.lengths
        probabilities = np.full((len(rows), len(self.labels)), np.nan, np.float32)
        probabilities[lengths == 0] = self._prior
        failed = self._unfit(rows)
        order = np.argsort(lengths, kind="stable")
        order = order[np.count_nonzero(lengths == 0) :]
        if failed:
            order = order[~np.isin(order, list(failed))]
        columns = self.metadata.architecture.columns
        costs = lengths[order].tolist() if columns is None else [columns] * len(order)
        cells = 0
        for part in cut(costs, self._max_tokens):
            places = order[part]
            cells += self.engine.cells(len(places), int(lengths[places[-1]]))
            outputs, bad = predict_isolating(self.engine, *rows.rectangle(places), self._canary)
            probabilities[places] = outputs
            failed.update((int(places[row]), why) for row, why in bad.items())
        labels = self.decide(probabilities)
        labels[lengths == 0] = self._prior.argmax()
        labels[list(failed)] = FAILED
        padding = 1 - float(lengths[order].sum()) / cells if cells else None
        return Predictions(probabilities, failed, labels, padding)

    def decide(self, probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """Return the index of each row's label: by the threshold of a binary task, else the most probable.

        probabilities: [rows, labels] from the network. An empty tweet's label is the most common class, whatever the
        threshold: see :attr:`Predictions.labels`.
        """
        threshold = self.metadata.threshold
        if threshold is None:
            best: npt.NDArray[np.intp] = probabilities.argmax(axis=1)
            return best
        index = self.labels.index(threshold.label)
        return np.where(probabilities[:, index] >= threshold.value, np.intp(index), np.intp(1 - index))

    def classify(self, texts: Sequence[str]) -> list[Classified]:
        """Label texts, in order."""
        rows = self.encode_all(texts).rows
        predictions = self.predict(rows)
        results = []
        answers = zip(
            rows.lengths.tolist(), predictions.probabilities.tolist(), predictions.labels.tolist(), strict=True
        )
        for number, (length, values, label) in enumerate(answers):
            if label == FAILED:
                results.append(Classified(None, None, {}, failure=predictions.failed[number]))
                continue
            probabilities = dict(zip(self.labels, values, strict=True))
            results.append(Classified(self.labels[label], values[label], probabilities, empty=not length))
        return results

    def _unfit(self, rows: Rows) -> dict[int, str]:
        """Find rows that no encoder makes and no engine should see: each engine answers wrongly in its own way."""
        last = self.metadata.architecture.embedding.rows - 1
        unfit = {
            int(row): f"the row has {rows.lengths[row]} ids, at most {self._max_length} are read"
            for row in np.flatnonzero(rows.lengths > self._max_length)
        }
        ids = rows.ids
        if ids.size and (ids.min() < 1 or ids.max() > last):
            owners = np.repeat(np.arange(len(rows)), rows.lengths)
            for row in np.unique(owners[(ids < 1) | (ids > last)]).tolist():
                unfit[row] = f"an id of the row is not between 1 and {last}"
        return unfit


def _canary(bundle: Bundle) -> Canary:
    case = next(case for case in bundle.golden.cases if case.ids)
    return Canary(*Rows.of([case.ids]).rectangle(), np.array([case.probabilities], np.float32), TOLERANCE)
