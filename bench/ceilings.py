"""How fast it could be without Kafka: the model on ready batches, and our encoder with our model.

Run as ``python -m bench.ceilings KIND SECONDS``, a process for each, since an engine's threads are set once.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Final

import numpy as np

from bench.shared_classify import BUNDLE, MAX_TOKENS, SLICE
from bench.tweets import texts
from model.batching import cut
from model.classifier import Classifier
from model.cpus import usable_cores
from model.engines.base import Engine, Ids, Lengths
from model.engines.choose import EngineChoice

ENCODE_MODEL: Final = "encode-model"
"""What a goal is a share of."""
KINDS: Final = {
    "onnx-1": "bare model on ready batches, ONNX Runtime, 1 thread",
    "onnx-all": "bare model on ready batches, ONNX Runtime, all cores",
    "tensorflow": "bare model on ready batches, TensorFlow, all cores",
    "encode": "our encoder alone, one thread",
    ENCODE_MODEL: "our encoder and model, overlapped as in the worker, without Kafka",
    "shared-classify": "the shared classify function, without Kafka",
}
_TWEETS: Final = 80_000
_WARM_UP_S: Final = 0.5


def main() -> None:
    """Measure one kind and print what was found as JSON."""
    kind, seconds = sys.argv[1], float(sys.argv[2])
    count, taken = _timed(_work(kind), seconds)
    sys.stdout.write(json.dumps({"per_second": count / taken, "counted": count, "seconds": taken}) + "\n")


def _timed(work: Iterator[int], seconds: float) -> tuple[int, float]:
    """Do ``work``, which yields how many tweets are done and never ends; return tweets and seconds."""
    warm = time.perf_counter() + _WARM_UP_S
    while time.perf_counter() < warm:
        next(work)
    count = 0
    started = time.perf_counter()
    while (taken := time.perf_counter() - started) < seconds:
        count += next(work)
    return count, taken


def _work(kind: str) -> Iterator[int]:
    slices = slices_of(texts()[0][:_TWEETS])
    if kind in {"onnx-1", "onnx-all", "tensorflow"}:
        engine: EngineChoice = "tensorflow" if kind == "tensorflow" else "onnx"
        classifier = _load(engine, threads=1 if kind == "onnx-1" else usable_cores())
        batches = [batch for part in slices for batch in ready(classifier, part, MAX_TOKENS)]
        return predicted(classifier.engine, cycle(batches))
    if kind == "shared-classify":
        classifier = _load("tensorflow", threads=usable_cores())
        return (len(classifier.classify(part)) for part in cycle(slices))
    classifier = _load("onnx", threads=usable_cores())
    if kind == "encode":
        return (len(classifier.encode_all(part).rows) for part in cycle(slices))
    if kind == ENCODE_MODEL:
        return overlapped(classifier, cycle(slices))
    raise SystemExit(f"ceilings: error: expected one of {', '.join(KINDS)}, received '{kind}'")


def _load(engine: EngineChoice, threads: int) -> Classifier:
    return Classifier.load(BUNDLE, engine=engine, device="cpu", max_tokens=MAX_TOKENS, threads=threads)


def slices_of(some: Sequence[str]) -> list[Sequence[str]]:
    """Cut texts into what a worker takes at once."""
    return [some[start : start + SLICE] for start in range(0, len(some), SLICE)]


def ready(classifier: Classifier, part: Sequence[str], max_tokens: int) -> Iterator[tuple[Ids, Lengths]]:
    """Encode texts and yield them as the network's batches; what is left empty is left out."""
    rows = classifier.encode_all(part).rows
    order = np.argsort(rows.lengths, kind="stable")[np.count_nonzero(rows.lengths == 0) :]
    for piece in cut(rows.lengths[order].tolist(), max_tokens):
        yield rows.rectangle(order[piece])


def predicted(engine: Engine, batches: Iterable[tuple[Ids, Lengths]]) -> Iterator[int]:
    """Run the network over batches; yields how many tweets each had."""
    for ids, lengths in batches:
        engine.predict(ids, lengths)
        yield len(lengths)


def overlapped(classifier: Classifier, slices: Iterable[Sequence[str]]) -> Iterator[int]:
    """Encode a slice while the one before is predicted, as a worker does; yields how many tweets each had."""
    with ThreadPoolExecutor(1) as thread:
        before = None
        for part in slices:
            rows = classifier.encode_all(part).rows
            if before is not None:
                yield len(before.result().labels)
            before = thread.submit(classifier.predict, rows)


if __name__ == "__main__":
    main()
