"""What a large machine can do, with a GPU or without: the bare network, and tweets encoded and labelled, on all cores.

``python -m bench.gpu`` takes TensorFlow's engine, as a worker with ``WARBLE_MODEL__DEVICE=gpu`` does; ``--engine jax``
runs the same network through Keras on JAX, for machines that have no TensorFlow: no worker serves so. Several
processes share one card, as several workers would, each with its own encoder.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.ceilings import overlapped, predicted, ready, slices_of
from bench.tweets import texts
from model.architecture.config import Architecture
from model.architecture.keras_builder import build_keras, set_weights
from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from model.cpus import usable_cores
from model.engines.base import Engine, Ids, Lengths, Outputs
from model.engines.choose import load_engine
from model.engines.shapes import bucket, buckets, padded
from model.errors import WarbleError
from model.preprocessing.encoder import Encoder

ENGINES: Final = ("tensorflow", "jax", "onnx")
KINDS: Final = {"model": "bare network on ready batches", "encode-model": "encoder and network"}
_COMPILED: Final = 5
"""Slices whose batches are run before anything is timed."""
_READY_WITHIN_S: Final = 300.0


class JaxEngine:
    """The network of a bundle through Keras on JAX; batches are padded to a few shapes, each compiled once."""

    name = "jax"

    def __init__(self, architecture: Architecture, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        import jax  # noqa: PLC0415 - where this engine is asked for

        model = build_keras(architecture)
        set_weights(model, architecture, weights)
        trainable, others = model.trainable_variables, model.non_trainable_variables
        held = [variable.value for variable in trainable], [variable.value for variable in others]
        self._run = jax.jit(lambda ids: model.stateless_call(*held, ids, training=False)[0])
        self._columns = architecture.columns
        self.device = jax.default_backend()
        self.kernel = f"jax-{self.device}"

    def warm(self, longest: int, max_tokens: int) -> None:
        """See :meth:`model.engines.base.Engine.warm`."""
        for columns in [self._columns] if self._columns else buckets(longest):
            rows = max(1, max_tokens // columns)
            self.predict(np.ones((rows, columns), np.int32), np.full(rows, columns, np.int32))

    def cells(self, rows: int, longest: int) -> int:
        """See :meth:`model.engines.base.Engine.cells`."""
        return bucket(rows) * (self._columns or bucket(longest))

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        """See :meth:`model.engines.base.Engine.predict`."""
        rows, columns = ids.shape
        columns = self._columns or bucket(columns)
        return np.asarray(self._run(padded(ids, rows=bucket(rows), columns=columns)), np.float32)[: len(lengths)]


class Job(NamedTuple):
    """What one process is to do."""

    kind: str
    bundle: str
    engine: str
    device: str
    max_tokens: int
    threads: int
    seconds: float


class Found(NamedTuple):
    """What all processes did."""

    kind: str
    processes: int
    kernel: str
    per_second: float


def measure(job: Job, processes: int) -> Found:
    """Let processes do a job at the same time. Raises WarbleError when one of them cannot."""
    context = get_context("spawn")
    started, answers = context.Barrier(processes), context.Queue()
    running = [context.Process(target=_process, args=(job, started, answers), daemon=True) for _ in range(processes)]
    for process in running:
        process.start()
    found = [answers.get() for _ in running]
    for process in running:
        process.join()
    if failures := [one for one in found if isinstance(one, str)]:
        # Those that only waited for the one that failed have nothing to say.
        raise WarbleError(max(failures, key=len))
    return Found(job.kind, processes, found[0][1], sum(rate for rate, _ in found))


def _process(job: Job, started: Barrier, answers: "Queue[str | tuple[float, str]]") -> None:
    try:
        classifier = _load(job)
        work = _work(job, classifier)
        next(work)
        started.wait(_READY_WITHIN_S)
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < job.seconds:
            count += next(work)
        answers.put((count / (time.perf_counter() - began), classifier.engine.kernel))
    except BrokenBarrierError:
        answers.put("")
    except Exception as error:  # noqa: BLE001 - told by the process that waits for it
        started.abort()
        answers.put(f"{type(error).__name__}: {error}")


def _load(job: Job) -> Classifier:
    bundle = load_bundle(job.bundle)
    metadata = bundle.metadata
    classifier = Classifier(
        bundle, Encoder(metadata.preprocessing, bundle.vocabulary), _engine(job, bundle), max_tokens=job.max_tokens
    )
    classifier.engine.warm(metadata.preprocessing.max_length, job.max_tokens)
    return classifier


def _engine(job: Job, bundle: Bundle) -> Engine:
    architecture, weights = bundle.metadata.architecture, bundle.weights
    if job.engine == "jax":
        return JaxEngine(architecture, weights)
    return load_engine(
        architecture,
        weights,
        engine="onnx" if job.engine == "onnx" else "tensorflow",
        device="gpu" if job.device == "gpu" else "cpu",
        threads=job.threads,
    )


def _work(job: Job, classifier: Classifier) -> Iterator[int]:
    """Do the job piece by piece, without end; yields how many tweets each piece had, first of all 0."""
    slices = slices_of(texts()[0])
    first = slices[:_COMPILED]
    # Every shape is compiled before anything is timed.
    if job.kind == "encode-model":
        for part in first:
            classifier.predict(classifier.encode_all(part).rows)
        work = overlapped(classifier, cycle(slices))
    else:
        batches = [batch for part in first for batch in ready(classifier, part, job.max_tokens)]
        for _ in predicted(classifier.engine, batches):
            pass
        work = predicted(classifier.engine, cycle(batches))
    yield 0
    yield from work


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument("--bundle", default="brands", help="name or directory")
    parser.add_argument("--engine", choices=ENGINES, default="tensorflow")
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="JAX takes what it finds")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, max(1, usable_cores())], metavar="N")
    parser.add_argument("--max-tokens", type=int, default=131_072, help="padded tokens of one run of the network")
    parser.add_argument("--seconds", type=float, default=10.0)
    return parser.parse_args()


def main() -> None:
    """Measure, and print a table and then the same as JSON."""
    options = _arguments()
    if options.engine == "jax":
        os.environ["KERAS_BACKEND"] = "jax"
        # Several processes share the card: none may take most of its memory beforehand.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    found: list[dict[str, Any]] = []
    try:
        for kind in KINDS:
            for processes in options.processes:
                threads = max(1, usable_cores() // processes)
                job = Job(
                    kind, options.bundle, options.engine, options.device, options.max_tokens, threads, options.seconds
                )
                one = measure(job, processes)
                found.append(one._asdict())
                sys.stdout.write(
                    f"{KINDS[kind]}, {processes} processes, {one.kernel}: {one.per_second:,.0f} tweets/s\n"
                )
                sys.stdout.flush()
    except WarbleError as error:
        sys.stderr.write(f"bench.gpu: error: {error}\n")
        sys.exit(error.exit_code)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
