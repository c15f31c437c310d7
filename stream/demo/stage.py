"""All that takes part in the demo: broker, worker, producer and reader, set up and taken down together."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Self

from model.classifier import Classifier
from model.errors import UsageError, WarbleError
from stream import reading
from stream.demo.facts import Facts
from stream.demo.feed import Feed
from stream.demo.results import Results
from stream.demo.samples import endless, load_samples
from stream.demo.tally import Tally
from stream.embedded import EmbeddedBroker
from stream.health import Health
from stream.http import HttpServer
from stream.metrics import Metrics
from stream.run import load_classifier
from stream.settings import InputSettings, OutputSettings, Settings
from stream.worker import Worker

LAST_WAIT_S = 10.0
"""How long the end waits for what is still on its way, in seconds."""
_WORKER_STOP_S = 15.0


class Stage:
    """A running demo. ``read`` moves it on; after ``start`` tweets flow until ``finish``."""

    def __init__(self, facts: Facts, tally: Tally, feed: Feed, results: Results, labeller: "_Labeller") -> None:
        self.facts = facts
        self.tally = tally
        self.feed = feed
        self._results = results
        self._labeller = labeller

    def is_ready(self) -> bool:
        """Whether the worker has its partitions. Raises what ended the worker, if it has ended."""
        self._labeller.check()
        return self._labeller.health.ready()[0]

    def read(self) -> None:
        """Take what has come out. Raises what ended the worker, if it has ended."""
        self._labeller.check()
        self._results.read()

    def finish(self) -> float:
        """Stop the feed and read what is still on its way; return how long tweets flowed, in seconds."""
        seconds = self.tally.elapsed()
        self.feed.stop()
        deadline = time.monotonic() + LAST_WAIT_S
        while self.tally.labelled + self.tally.dead < self.feed.acknowledged and time.monotonic() < deadline:
            self.read()
        return seconds


@contextmanager
def staged(settings: Settings, rate: float) -> Iterator[Stage]:
    """Set everything up, except that the feed does not run yet.

    rate: records a second. Raises UsageError and BundleError.
    """
    metrics = Metrics()
    classifier = load_classifier(settings, metrics)
    kafka = settings.kafka
    topics = (kafka.input_topic, kafka.output_topic, kafka.dead_letter_topic)
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(topics))
        settings = for_embedded(settings, broker.bootstrap)
        health = Health(time.monotonic)
        http = stack.enter_context(_http(settings, metrics, health))
        tally = Tally(time.monotonic)
        consumer = stack.enter_context(reading.opened(settings.kafka, "warble-demo-view", topics[1:]))
        feed = Feed(settings.kafka, endless(load_samples()), rate)
        stack.callback(feed.stop)
        labeller = stack.enter_context(_Labeller(settings, classifier, metrics, health))
        facts = Facts(
            model=f"{classifier.name}@{classifier.version}",
            engine=f"{classifier.engine.name} on {classifier.engine.device}",
            labels=classifier.labels,
            bootstrap=broker.bootstrap,
            http=f"{_reachable(settings.http.host)}:{http.port}",
        )
        yield Stage(facts, tally, feed, Results(consumer, settings.kafka, tally), labeller)


def for_embedded(settings: Settings, bootstrap: str) -> Settings:
    """Return the settings with a broker that has no login and no transactions, and with texts in the results."""
    kafka = settings.kafka.model_copy(
        update={
            "bootstrap_servers": bootstrap,
            "delivery": "at-least-once",
            "group_id": "warble-demo",
            "instance_id": "demo",
            # The mock cluster answers a fetch only when its wait is over, data or not.
            "properties": {"fetch.wait.max.ms": "10"},
        }
    )
    return settings.model_copy(
        update={"kafka": kafka, "input": InputSettings(), "output": OutputSettings(include_text=True)}
    )


def _http(settings: Settings, metrics: Metrics, health: Health) -> HttpServer:
    try:
        return HttpServer(settings.http, metrics.registry, health)
    except UsageError:
        # A demo beside a worker on the same host: any port will do.
        return HttpServer(settings.http.model_copy(update={"port": 0}), metrics.registry, health)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 -- compared, not bound


class _Labeller:
    """The worker, in a thread of its own."""

    def __init__(self, settings: Settings, classifier: Classifier, metrics: Metrics, health: Health) -> None:
        self.health = health
        self._worker = Worker(settings, lambda: classifier, metrics=metrics, health=health)
        self._failure: WarbleError | None = None
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.stop()
        self._thread.join(_WORKER_STOP_S)

    def check(self) -> None:
        """Raise what ended the worker, if it has ended."""
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive():
            raise WarbleError("the demo's worker ended by itself: run 'warble worker' to see why")

    def _run(self) -> None:
        try:
            self._worker.run()
        except WarbleError as error:
            self._failure = error
