"""How fast it could be without Kafka: a network on ready batches, its encoder, and both together.

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
FLAGSHIPS: Final = ("brands", "hate")
"""Shipped bundles; what has none of these names is about the network of all contenders."""
KINDS: Final = {
    "onnx-1": "bare model on ready batches, ONNX Runtime, 1 thread",
    "onnx-all": "bare model on ready batches, ONNX Runtime, all cores",
    "tensorflow": "bare model on ready batches, TensorFlow, all cores",
    "encode": "our encoder alone, one thread",
    ENCODE_MODEL: "our encoder and model, overlapped as in the worker, without Kafka",
    "shared-classify": "the shared classify function, without Kafka",
    **{f"{name}-model": f"bare model of the shipped `{name}` on ready batches, all cores" for name in FLAGSHIPS},
    **{f"{name}-encode": f"the encoder of the shipped `{name}` alone, one thread" for name in FLAGSHIPS},
}
_TWEETS: Final = 80_000
_WARM_UP_S: Final = 0.5


def main() -> None:
    """Measure one kind and print what was found as JSON."""
    kind, seconds = sys.argv[1], float(sys.argv[2])
    count, taken = _timed(work_of(kind), seconds)
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


def work_of(kind: str) -> Iterator[int]:
    """Return what does a kind's work without end, and yields how many tweets are done. Exits for an unknown kind."""
    if kind not in KINDS:
        raise SystemExit(f"ceilings: error: expected one of {', '.join(KINDS)}, received '{kind}'")
    named, _, part_of = kind.rpartition("-")
    bundle = named if named in FLAGSHIPS else BUNDLE
    # Of all of them, so that hardly one comes again: of a tweet that was met before, each word is remembered.
    fresh = bundle != BUNDLE and part_of == "encode"
    slices = slices_of(texts()[0][: None if fresh else _TWEETS])
    engine: EngineChoice = "tensorflow" if kind in {"tensorflow", "shared-classify"} else "onnx"
    threads = 1 if kind == "onnx-1" else usable_cores()
    classifier = Classifier.load(bundle, engine=engine, device="cpu", max_tokens=MAX_TOKENS, threads=threads)
    if kind == "shared-classify":
        return (len(classifier.classify(part)) for part in cycle(slices))
    if kind == ENCODE_MODEL:
        return overlapped(classifier, cycle(slices))
    if part_of == "encode":
        return (len(classifier.encode_all(part).rows) for part in cycle(slices))
    batches = [batch for part in slices for batch in ready(classifier, part, MAX_TOKENS)]
    return predicted(classifier.engine, cycle(batches))


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
