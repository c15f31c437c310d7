"""The worker: poll -> decode -> encode -> batch -> predict -> publish + commit."""

import time
from collections.abc import Callable, Sequence

from confluent_kafka import Message

from model.classifier import Classifier
from stream.batching import Batcher
from stream.errors import BrokerError
from stream.health import Health
from stream.kafka.at_least_once import AtLeastOnce
from stream.kafka.connect import Complaints, make_consumer, require_topics, require_transactions
from stream.kafka.delivery import Delivery, RewindError, next_offsets
from stream.kafka.exactly_once import ExactlyOnce
from stream.kafka.limits import topic_limits
from stream.kafka.properties import consumer_properties, is_embedded
from stream.kafka.source import Source
from stream.logs import get_logger
from stream.messages.decode import Decoder, Tweet
from stream.messages.outgoing import Outgoing
from stream.messages.place import position
from stream.metrics import Metrics
from stream.outcomes import Outcomes
from stream.predictor import Predicted, Predictor
from stream.settings import Settings

_IDLE_S = 0.1
_BUSY_S = 0.002
_LAG_EVERY_S = 1.0
_SHORTEST_BACKOFF_S = 0.05
_LONGEST_BACKOFF_S = 5.0
_MOST_DOUBLINGS = 10


class _StoppedError(Exception):
    """A stop came while still waiting for the first answer of a broker."""


class Worker:
    """Labels one topic until it is stopped.

    Everything but the prediction happens in the thread that calls :meth:`run`: a rebalance can only come while
    polling, and no transaction is open then. :meth:`stop` may be called from any thread or signal handler.

    load: called first; returns the verified, warm classifier.
    """

    def __init__(
        self,
        settings: Settings,
        load: Callable[[], Classifier],
        *,
        metrics: Metrics,
        health: Health,
        stop_at_end: bool = False,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._settings = settings
        self._load = load
        self._metrics = metrics
        self._health = health
        self._clock = clock
        self._stopping = False
        self._stop_before: float | None = None
        self._failures = 0
        self._lag_due = clock()
        kafka = settings.kafka
        self._complaints = Complaints("worker")
        properties = consumer_properties(kafka, kafka.group_id, static_member=True)
        self._consumer = make_consumer(properties, self._complaints)
        self._source = Source(
            self._consumer,
            kafka.input_topic,
            metrics=metrics,
            on_revoked=self._discard_revoked,
            stop_at_end=stop_at_end,
            clock=clock,
        )
        self._stop_at_end = stop_at_end
        self._decoder = Decoder(settings.input)
        self._batcher = Batcher(settings.batch, clock)

    def stop(self) -> None:
        """Ask the worker to finish what it holds, commit it and return."""
        # A plain flag: a lock that the interrupted thread holds would block a signal handler for ever.
        self._stopping = True

    @property
    def is_stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopping

    def run(self) -> None:
        """Work until stopped, or with ``stop_at_end`` until the topic's end.

        Raises BrokerError when the broker refused or fenced us, or when a stop could not be finished in time;
        UsageError and BundleError for what is wrong from the start.
        """
        try:
            if not self._prepare():
                return
            while not self._stopping and not self._is_done():
                self._turn()
            self._finish()
        finally:
            self._consumer.close()

    def _prepare(self) -> bool:
        """Load the model, find the broker, join the group. False when a stop came before a broker answered."""
        self._classifier = self._load()
        self._health.model_is_warm()
        kafka = self._settings.kafka
        topics = (kafka.input_topic, kafka.output_topic, kafka.dead_letter_topic)
        try:
            cluster_id = require_topics(self._consumer, topics, kafka, self._complaints, self._early_pulse)
        except _StoppedError:
            return False
        if kafka.delivery == "exactly-once":
            require_transactions(cluster_id, kafka)
        self._predictor = Predictor(self._classifier, self._metrics)
        self._outcomes = Outcomes(self._settings, self._classifier, self._metrics)
        self._delivery = self._make_delivery(cluster_id)
        self._delivery.open()
        self._source.subscribe()
        get_logger().info(
            "worker_started",
            model=f"{self._classifier.name}@{self._classifier.version}",
            engine=self._classifier.engine.name,
            device=self._classifier.engine.device,
            delivery=kafka.delivery,
            topic=kafka.input_topic,
            group=kafka.group_id,
            instance=kafka.instance_id,
        )
        return True

    def _make_delivery(self, cluster_id: str | None) -> Delivery:
        kafka = self._settings.kafka
        make = ExactlyOnce if kafka.delivery == "exactly-once" else AtLeastOnce
        return make(
            kafka,
            self._consumer,
            self._complaints,
            self._metrics,
            limits={} if is_embedded(cluster_id) else topic_limits(kafka),
            pulse=self._pulse,
            on_published=self._published,
        )

    def _turn(self) -> None:
        self._health.beat()
        self._delivery.serve()
        if self._batcher.room > 0:
            self._collect(self._source.poll(self._batcher.room, self._patience_s()))
        if self._source.joined:
            self._health.group_is_joined()
        if not self._predictor.is_idle and not self._predictor.wait(_IDLE_S if self._batcher.room <= 0 else 0):
            return
        finished = None if self._predictor.is_idle else self._predictor.take()
        if self._batcher.wait_s() == 0:
            self._predictor.submit(self._batcher.take())
        if finished is not None:
            self._publish(finished)
        self._update_lag()

    def _collect(self, records: Sequence[Message]) -> None:
        if not records:
            return
        with self._metrics.stage_seconds.labels("encode").time():
            decoded = [self._decoder.decode(record.value()) for record in records]
            encode = self._classifier.encode
            encoded = [encode(tweet.text) if isinstance(tweet, Tweet) else None for tweet in decoded]
        self._batcher.add(records, decoded, encoded)
        tweets = [row for row in encoded if row is not None]
        self._metrics.tokens.inc(sum(len(row.ids) for row in tweets))
        self._metrics.tokens_unknown.inc(sum(row.unknown for row in tweets))
        self._metrics.tokens_truncated.inc(sum(row.truncated for row in tweets))

    def _patience_s(self) -> float:
        """How long to wait for a record: not beyond the batch's deadline or the prediction's end."""
        if not self._predictor.is_idle:
            return _BUSY_S
        wait_s = self._batcher.wait_s()
        return _IDLE_S if wait_s is None else min(wait_s, _IDLE_S)

    def _publish(self, predicted: Predicted) -> None:
        outcomes = self._outcomes.of(predicted)
        if not outcomes:
            return
        batch = predicted.batch
        self._metrics.batch_tweets.observe(len(batch))
        self._metrics.batch_fill.observe(len(batch) / self._settings.batch.max_tweets)
        self._metrics.batch_tokens.observe(sum(map(len, batch.token_ids)))
        try:
            self._delivery.publish(outcomes)
        except RewindError as error:
            self._rewind(error, outcomes)
        else:
            self._failures = 0

    def _published(self, outcomes: Sequence[Outgoing]) -> None:
        self._complaints.forget()
        self._source.mark_published(next_offsets(outcomes))
        self._outcomes.count(outcomes)

    def _rewind(self, error: RewindError, outcomes: Sequence[Outgoing]) -> None:
        """Throw away what is unpublished and read it again, ever more patiently while it keeps failing."""
        published = self._source.published()
        places = (position(outcome.record) for outcome in outcomes)
        unpublished = sum(offset >= published.get(partition, 0) for partition, offset in places)
        discarded = unpublished + self._batcher.discard() + self._predictor.abandon()
        self._metrics.discarded.labels("rewound").inc(discarded)
        self._source.rewind(self._pulse, ask_broker=error.outcome_unknown)
        backoff_s = min(_LONGEST_BACKOFF_S, _SHORTEST_BACKOFF_S * 2**self._failures)
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        get_logger().warning("rewound", detail=str(error), backoff_s=backoff_s)
        until = self._clock() + backoff_s
        while self._clock() < until and not self._stopping:
            self._pause(_BUSY_S)

    def _discard_revoked(self, partitions: set[int]) -> None:
        discarded = self._batcher.discard(partitions) + self._predictor.discard(partitions)
        self._metrics.discarded.labels("revoked").inc(discarded)

    def _is_done(self) -> bool:
        return self._stop_at_end and self._batcher.is_empty and self._predictor.is_idle and self._source.is_finished()

    def _finish(self) -> None:
        """Publish what is in hand, within the time that a stop may take."""
        if self._stopping:
            get_logger().info("worker_stopping", hint="a second signal quits at once")
        if self._stop_before is None:
            self._stop_before = self._clock() + self._settings.kafka.shutdown_timeout_s
        while not self._predictor.is_idle or not self._batcher.is_empty:
            if self._predictor.is_idle:
                self._predictor.submit(self._batcher.take())
            if self._predictor.wait(_IDLE_S):
                self._publish(self._predictor.take())
            self._pulse()
        self._delivery.close()
        self._predictor.close()
        get_logger().info("worker_stopped", published_through=self._source.published())

    def _early_pulse(self) -> None:
        self._health.beat()
        if self._stopping:
            raise _StoppedError

    def _pulse(self) -> None:
        """Show that the loop lives, and end a wait for the broker that outlasts a stop."""
        self._health.beat()
        if self._stop_before is None and self._stopping:
            self._stop_before = self._clock() + self._settings.kafka.shutdown_timeout_s
        if self._stop_before is not None and self._clock() > self._stop_before:
            raise BrokerError(
                f"the last batch was not labelled and taken by the broker within "
                f"{self._settings.kafka.shutdown_timeout_s:g} s of the stop: it is not committed and the next worker "
                "labels it; raise WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S to wait longer"
            )

    def _update_lag(self) -> None:
        if self._clock() >= self._lag_due:
            self._lag_due = self._clock() + _LAG_EVERY_S
            self._source.update_lag()
