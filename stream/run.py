"""A worker as a process: logs, probes, signals."""

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from model.classifier import Classifier
from stream.health import Health
from stream.http import HttpServer
from stream.interrupt import on_stop_signals
from stream.logs import configure_logs
from stream.metrics import Metrics
from stream.settings import Settings
from stream.tracing.choice import tracing
from stream.version import version
from stream.worker import Worker

_OBJECTS_A_SEARCH: Final = 100_000
"""New objects until the next search for garbage: about those of two batches of the default size."""
_SWITCH_S: Final = 1e-4
"""How long a thread that wants the GIL waits before it asks for it; Python's own is 5 ms. The network's threads want it
after every piece of a batch, a millisecond or two, and mostly stood in line behind the polling thread: 62,000 tweets a
second became 74,000, and the latency at half load fell to a half."""


def run_worker(settings: Settings, *, stop_at_end: bool) -> None:
    """Run one worker until a signal, or with ``stop_at_end`` until the topic's end.

    Raises UsageError, BundleError and BrokerError, each with a line for the user.
    """
    metrics = Metrics()
    configure_logs(on_lost=metrics.log_lines_lost.inc)
    health = Health(time.monotonic)
    metrics.build.info({"version": version()})

    def load() -> Classifier:
        classifier = load_classifier(settings, metrics)
        tune_interpreter()
        return classifier

    with tracing(settings) as tracer, HttpServer(settings.http, metrics.registry, health):
        worker = Worker(
            settings,
            load,
            metrics=metrics,
            health=health,
            stop_at_end=stop_at_end,
            tracer=tracer,
        )
        with _stopped_by_signals(worker):
            worker.run()


def load_classifier(settings: Settings, metrics: Metrics) -> Classifier:
    """Load, verify and warm the bundle that the settings name, and say in the metrics which it is."""
    classifier = Classifier.load(
        settings.model.bundle,
        engine=settings.model.engine,
        device=settings.model.device,
        max_tokens=settings.batch.max_tokens,
        public_key=None if settings.model.public_key is None else Path(settings.model.public_key),
    )
    metrics.model.info(
        {
            "name": classifier.name,
            "version": classifier.version,
            "task": classifier.task,
            "engine": classifier.engine.name,
            "device": classifier.engine.device,
            "kernel": classifier.engine.kernel,
        }
    )
    metrics.model_loaded.set_to_current_time()
    return classifier


def tune_interpreter() -> None:
    """Suit the interpreter to a worker that has just loaded its model.

    The garbage collector is spared what lives for as long as the process, and the search of every 700 new objects: a
    tweet takes a handful, none of them in cycles, that live until their batch is published, and searching them took 6 %
    of the polling thread's time. Threads take turns more often.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_A_SEARCH)
    sys.setswitchinterval(_SWITCH_S)


@contextmanager
def _stopped_by_signals(worker: Worker) -> Iterator[None]:
    """Let the first SIGTERM or SIGINT ask the worker to finish, and the second quit at once."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if worker.is_stopping:
            # Nothing may run any more, not even clean-up: what is not committed will be labelled again.
            os._exit(128 + number)
        worker.stop()

    with on_stop_signals(handle):
        yield
