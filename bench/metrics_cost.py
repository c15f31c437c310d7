"""What metrics cost: processor time that a worker spends on them, beside all that it spends without Kafka.

Measured a piece at a time in one thread, on full batches of real tweets. The whole is decoding, encoding, predicting
and writing results; what Kafka's client takes comes on top of it in a worker, so the true share is lower.
"""

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from confluent_kafka import TIMESTAMP_CREATE_TIME, Message
from prometheus_client import generate_latest

from bench.tweets import records, texts
from model.classifier import Classifier
from stream.batching import Batch, Batcher
from stream.intake import Intake
from stream.metrics import STAGES, Metrics
from stream.outcomes import Outcomes
from stream.predictor import Predicted
from stream.settings import load_settings

_REPEATS: Final = 15
_SCRAPE_EVERY_S: Final = 15
_PARTITIONS: Final = 12
_SENT_AT_MS: Final = 1_700_000_000_000


class Cost(NamedTuple):
    """Processor time of one piece, in microseconds for 1,000 tweets."""

    piece: str
    us: float


class Costs(NamedTuple):
    """What everything takes, in microseconds for 1,000 tweets, and which part of it metrics are."""

    work: list[Cost]
    metrics: list[Cost]
    scrape_ms: float
    """Processor time of one scrape."""

    @property
    def share(self) -> float:
        """Processor time of metrics over all of it, one scrape in 15 seconds of full work included."""
        metrics, work = (sum(cost.us for cost in costs) for costs in (self.metrics, self.work))
        return metrics / (metrics + work) + self.scrape_ms / 1000 / _SCRAPE_EVERY_S


def measure(bundle: str, tweets: int) -> Costs:
    """Label batches of ``tweets`` tweets with a bundle, on one core, and time what is done on the way."""
    classifier = Classifier.load(bundle, engine="onnx", device="cpu", threads=1)
    settings, metrics = load_settings(), Metrics()
    some = [
        Message("tweets", number % _PARTITIONS, number, key, value, None, None, (TIMESTAMP_CREATE_TIME, _SENT_AT_MS))
        for number, (key, value) in enumerate(records(texts()[0], tweets))
    ]

    def read() -> Batch:
        batcher = Batcher(settings.batch.model_copy(update={"max_tweets": tweets}), time.monotonic)
        Intake(settings.input, classifier, batcher, metrics).take(some)
        return batcher.take()

    batch = read()
    predicted = Predicted(batch, classifier.predict(batch.encoded.rows))
    outcomes = Outcomes(settings, classifier, metrics)
    published = outcomes.of(predicted)

    def cost(piece: str, work: Callable[[], object], each: int = tweets) -> Cost:
        return Cost(piece, _cpu_us(work) / each * 1000)

    counting = [
        cost("tokens, shape, confidence, entropy, drift", lambda: outcomes.distributions.observe(predicted)),
        cost("published outcomes and their latency", lambda: outcomes.count(published)),
        cost("stages", lambda: _time_stages(metrics)),
    ]
    return Costs(
        work=[
            cost("read: decode, encode, batch", read),
            cost("predict", lambda: classifier.predict(batch.encoded.rows)),
            cost("write results", lambda: outcomes.of(predicted)),
        ],
        metrics=counting,
        scrape_ms=_cpu_us(lambda: generate_latest(metrics.registry)) / 1000,
    )


def table(costs: Costs) -> str:
    """Return the costs as lines of a Markdown table."""
    rows = [*costs.work, *(Cost(f"metrics: {cost.piece}", cost.us) for cost in costs.metrics)]
    lines = ["| piece | µs of processor time for 1,000 tweets |", "| --- | --- |"]
    lines += [f"| {cost.piece} | {cost.us:,.1f} |" for cost in rows]
    return "\n".join(lines) + (
        f"\n\nOne scrape takes {costs.scrape_ms:.1f} ms. Metrics, with a scrape each {_SCRAPE_EVERY_S} s, take "
        f"{costs.share:.2%} of the processor time.\n"
    )


def _time_stages(metrics: Metrics) -> None:
    for stage in STAGES:
        metrics.stage_seconds.labels(stage).observe(0.01)


def _cpu_us(work: Callable[[], object]) -> float:
    """Return the processor time of the quickest of some calls, in microseconds: the others were disturbed."""
    times = []
    for _ in range(_REPEATS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) * 1e6
