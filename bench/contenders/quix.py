"""Quix Streams: a sink that collects between two checkpoints and classifies when the checkpoint flushes it.

A sink is where its documentation puts batches; ``BaseSink`` rather than ``BatchingSink``, whose batches are cut by
partition and so would be an eighth of the size. A sink is delivered to at least once.
"""

from typing import Any

from confluent_kafka import Producer
from quixstreams import Application
from quixstreams.sinks import BaseSink

from bench.contenders.job import Job, result
from bench.shared_classify import classifier, classify


class LabelSink(BaseSink):
    """Labels what came since the last checkpoint, and returns from ``flush`` once the broker has it."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._target = job.target
        self._producer = Producer(
            {"bootstrap.servers": job.bootstrap, "linger.ms": 5, "queue.buffering.max.messages": 4 * job.batch}
        )
        self._tweets: list[dict[str, str]] = []
        self._keys: list[Any] = []

    def add(
        self,
        value: Any,  # noqa: ANN401
        key: Any,  # noqa: ANN401
        timestamp: int,  # noqa: ARG002
        headers: Any,  # noqa: ANN401, ARG002
        topic: str,  # noqa: ARG002
        partition: int,  # noqa: ARG002
        offset: int,  # noqa: ARG002
    ) -> None:
        """Collect one tweet."""
        self._tweets.append(value)
        self._keys.append(key)

    def flush(self) -> None:
        """Label and publish what was collected."""
        answers = classify([tweet["text"] for tweet in self._tweets])
        for tweet, key, answer in zip(self._tweets, self._keys, answers, strict=True):
            self._producer.produce(self._target, result(tweet["id"], answer), key)
        self._producer.flush()
        self._tweets.clear()
        self._keys.clear()

    def on_paused(self) -> None:
        """Forget what will be read again."""
        self._tweets.clear()
        self._keys.clear()


def main() -> None:
    """Label until killed."""
    job = Job.given()
    classifier()
    app = Application(
        broker_address=job.bootstrap,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        commit_every=job.batch,
        state_dir=job.directory,
        auto_create_topics=False,
        loglevel="WARNING",
    )
    app.dataframe(app.topic(job.source, value_deserializer="json", key_deserializer="bytes")).sink(LabelSink(job))
    app.run()


if __name__ == "__main__":
    main()
