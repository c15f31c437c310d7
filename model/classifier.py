"""Texts to labels: the one thing that the stream and the command line need from this package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from model.batching import cut, padded_lengths
from model.bundle.golden import TOLERANCE
from model.bundle.metadata import Metadata
from model.bundle.read import Bundle, load_bundle
from model.bundle.verify import Verified, verify
from model.engines.base import Engine
from model.engines.choose import DeviceChoice, EngineChoice, load_engine
from model.errors import UsageError
from model.isolation import Canary, predict_isolating
from model.preprocessing.encoder import Encoded, Encoder
from model.rows import padded_rows, rectangle

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

    ``predict`` is for one thread at a time; another may ``encode`` meanwhile.
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
        self.encode: Callable[[str], Encoded] = encoder.encode
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

    def predict(self, rows: Sequence[Sequence[int]]) -> Predictions:
        """Give each row of ids its probabilities; an empty row gets the bundle's prior.

        Rows may come in any order and number: they are sorted by length and cut into batches of ``max_tokens``.
        Raises EngineError if the engine itself is broken, rather than one row or another.
        """
        lengths = np.fromiter(map(len, rows), np.int32, len(rows))
        probabilities = np.full((len(rows), len(self.labels)), np.nan, np.float32)
        probabilities[lengths == 0] = self._prior
        failed = self._unfit(rows, lengths)
        order = np.argsort(lengths, kind="stable")
        order = order[np.count_nonzero(lengths == 0) :]
        if failed:
            order = order[~np.isin(order, list(failed))]
        costs = padded_lengths(lengths[order].tolist(), self.metadata.architecture.columns)
        cells = 0
        for part in cut(costs, self._max_tokens):
            places = order[part]
            cells += self.engine.cells(len(places), int(lengths[places[-1]]))
            flat = np.fromiter(chain.from_iterable(rows[place] for place in places), np.int32)
            ids = rectangle(flat, lengths[places])
            outputs, bad = predict_isolating(self.engine, ids, lengths[places], self._canary)
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
        rows = [self.encode(text).ids for text in texts]
        predictions = self.predict(rows)
        results = []
        for number, (row, values, label) in enumerate(
            zip(rows, predictions.probabilities.tolist(), predictions.labels.tolist(), strict=True)
        ):
            if label == FAILED:
                results.append(Classified(None, None, {}, failure=predictions.failed[number]))
                continue
            probabilities = dict(zip(self.labels, values, strict=True))
            results.append(Classified(self.labels[label], values[label], probabilities, empty=not row))
        return results

    def _unfit(self, rows: Sequence[Sequence[int]], lengths: npt.NDArray[np.int32]) -> dict[int, str]:
        """Find rows that no encoder makes and no engine should see: each engine answers wrongly in its own way."""
        last = self.metadata.architecture.embedding.rows - 1
        unfit = {
            int(row): f"the row has {lengths[row]} ids, at most {self._max_length} are read"
            for row in np.flatnonzero(lengths > self._max_length)
        }
        ids = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum(dtype=np.int64)))
        if ids.size and (ids.min() < 1 or ids.max() > last):
            owners = np.repeat(np.arange(len(rows)), lengths)
            for row in np.unique(owners[(ids < 1) | (ids > last)]).tolist():
                unfit[row] = f"an id of the row is not between 1 and {last}"
        return unfit


def _canary(bundle: Bundle) -> Canary:
    case = next(case for case in bundle.golden.cases if case.ids)
    ids, lengths = padded_rows([case.ids])
    return Canary(ids, lengths, np.array([case.probabilities], np.float32), TOLERANCE)
