"""The worker: poll -> decode -> encode -> batch -> predict -> publish + commit."""

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from contextvars import Context

from confluent_kafka import Consumer

from model.classifier import Classifier
from stream.batching import Batcher
from stream.errors import FencedMemberError
from stream.health import Health
from stream.intake import Intake
from stream.kafka.at_least_once import AtLeastOnce
from stream.kafka.bounded import HungError, bounded
from stream.kafka.connect import Complaints, make_consumer, require_topics, require_transactions
from stream.kafka.delivery import Delivery, Published
from stream.kafka.exactly_once import ExactlyOnce
from stream.kafka.limits import topic_limits
from stream.kafka.namesake import Namesake
from stream.kafka.properties import consumer_properties, is_embedded
from stream.kafka.source import Source
from stream.logs import get_logger
from stream.lookout import Lookout
from stream.metrics import Metrics
from stream.outcomes import Outcomes
from stream.predictor import Predictor
from stream.publishing import Publisher
from stream.rewinding import Rewinder
from stream.settings import Settings
from stream.stopping import Stop
from stream.tracing.trace import Tracer, during

_IDLE_S = 0.1
_BUSY_S = 0.002
_BEGIN_WITHIN_S = 2.0
"""How long after a stop another batch is still begun; what is left unbegun is read by the next worker."""
_LEAVE_S = 5.0
"""How long leaving the group may take: there is nothing left to lose by then."""


class _StoppedError(Exception):
    """A stop came before there was anything to finish."""


class Worker:
    """Labels one topic until it is stopped.

    Everything but the prediction happens in the thread that calls :meth:`run`: a rebalance can only come while
    polling, and no transaction is open then. :meth:`stop` may be called from any thread or signal handler.

    load: called first; returns the verified, warm classifier. tracer: begins a trace for each batch; None traces none.
    """

    def __init__(
        self,
        settings: Settings,
        load: Callable[[], Classifier],
        *,
        metrics: Metrics,
        health: Health,
        stop_at_end: bool = False,
        tracer: Tracer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._load = load
        self._metrics = metrics
        self._health = health
        self._stop_at_end = stop_at_end
        self._tracer = tracer
        self._clock = clock
        self._stop = Stop(settings.kafka.shutdown_timeout_s, clock)
        kafka = settings.kafka
        self._complaints = Complaints("worker")
        self._consumer = self._make_consumer()
        self._source = Source(
            self._consumer,
            kafka.input_topic,
            metrics=metrics,
            on_revoked=self._discard_revoked,
            on_lost_records=kafka.on_lost_records,
            stop_at_end=stop_at_end,
            clock=clock,
        )
        self._batcher = Batcher(settings.batch, clock)
        self._namesake = Namesake(kafka, clock=clock)
        self._joining = True

    def stop(self) -> None:
        """Ask the worker to finish what it holds, commit it and return."""
        self._stop.ask()

    @property
    def is_stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stop.is_asked

    def run(self) -> None:
        """Work until stopped, or with ``stop_at_end`` until the topic's end.

        Raises BrokerError when the broker refused or fenced us, or when a stop could not be finished in time;
        UsageError and BundleError for what is wrong from the start, UsageError for a topic that is mostly dead letters.
        """
        with ExitStack() as leaving, suppress(_StoppedError):
            leaving.callback(self._leave_group)
            self._prepare(leaving)
            while not self._stop.is_asked and not self._is_done():
                try:
                    self._turn()
                except FencedMemberError as fence:
                    self._rejoin(fence)
            self._finish()

    def _prepare(self, leaving: ExitStack) -> None:
        """Load the model, find the broker, join the group. Raises _StoppedError for a stop meanwhile."""
        classifier = self._load()
        self._health.model_is_warm()
        kafka = self._settings.kafka
        topics = (kafka.input_topic, kafka.output_topic, kafka.dead_letter_topic)
        cluster_id = require_topics(self._consumer, topics, kafka, self._complaints, self._pulse)
        if kafka.delivery == "exactly-once":
            require_transactions(cluster_id, kafka)
        self._intake = Intake(self._settings.input, classifier, self._batcher, self._metrics)
        self._predictor = Predictor(classifier, self._metrics)
        leaving.callback(self._predictor.close)
        self._lookout = Lookout(
            self._settings, self._source, health=self._health, metrics=self._metrics, clock=self._clock
        )
        leaving.callback(self._lookout.close)
        self._publisher = Publisher(
            self._settings,
            lambda on_published: self._make_delivery(cluster_id, on_published),
            Outcomes(self._settings, classifier, self._metrics),
            source=self._source,
            rewinder=Rewinder(
                self._source,
                self._batcher,
                self._predictor,
                self._metrics,
                stop=self._stop,
                pulse=self._pulse,
                clock=self._clock,
            ),
            lookout=self._lookout,
            complaints=self._complaints,
            metrics=self._metrics,
            stop=self._stop,
        )
        self._delivery = self._publisher.delivery
        # In a context of its own: what is encoded meanwhile is of another batch than the one whose trace is current.
        self._delivery.meanwhile = lambda: Context().run(self._take_in)
        self._delivery.open()
        self._source.subscribe()
        self._joining = False
        get_logger().info(
            "worker_started",
            model=f"{classifier.name}@{classifier.version}",
            engine=classifier.engine.name,
            device=classifier.engine.device,
            delivery=kafka.delivery,
            topic=kafka.input_topic,
            group=kafka.group_id,
            instance=kafka.instance_id,
        )

    def _make_consumer(self) -> Consumer:
        kafka, gather_ms = self._settings.kafka, self._settings.batch.gather_ms
        properties = consumer_properties(kafka, kafka.group_id, static_member=True, gather_ms=gather_ms)
        return make_consumer(properties, self._complaints)

    def _make_delivery(self, cluster_id: str | None, on_published: Published) -> Delivery:
        kafka = self._settings.kafka
        make = ExactlyOnce if kafka.delivery == "exactly-once" else AtLeastOnce
        return make(
            kafka,
            self._consumer,
            self._complaints,
            self._metrics,
            limits={} if is_embedded(cluster_id) else topic_limits(kafka),
            pulse=self._pulse,
            on_published=on_published,
        )

    def _turn(self) -> None:
        self._health.beat()
        self._delivery.serve()
        self._take_in()
        if self._batcher.room > 0:
            self._intake.take(self._source.poll(self._batcher.room, self._patience_s()))
        if self._batcher.room <= 0 and not self._batcher.has_ahead:
            # Before a prediction is taken: from then on a rebalance would not find its records any more.
            self._batcher.put_ahead(self._source.poll(self._settings.batch.max_tweets, 0))
        replaced_after = self._lookout.look()
        if replaced_after is not None:
            self._begin_anew(replaced_after)
        if not self._predictor.is_idle and not self._predictor.wait(_IDLE_S if self._batcher.room <= 0 else 0):
            return
        finished = None if self._predictor.is_idle else self._predictor.take()
        if self._batcher.wait_s() == 0:
            self._begin_batch()
        if finished is not None:
            self._publisher.publish(finished)

    def _take_in(self) -> None:
        """Decode and encode what was read ahead: best while results are on their way to the broker."""
        self._intake.take(self._batcher.take_ahead())

    def _begin_batch(self) -> None:
        batch = self._batcher.take()
        waited_s = self._clock() - batch.started_at
        if self._tracer is not None:
            batch.trace = self._tracer.begin(batch.records, waited_s)
        with during(batch.trace):
            self._metrics.stage_seconds.labels("queue").observe(waited_s)
        self._predictor.submit(batch)

    def _patience_s(self) -> float:
        """How long to wait for a record: not beyond the batch's deadline or the prediction's end."""
        if not self._predictor.is_idle:
            return _BUSY_S
        wait_s = self._batcher.wait_s()
        return _IDLE_S if wait_s is None else min(wait_s, _IDLE_S)

    def _begin_anew(self, replaced_after: float) -> None:
        """Go over to a new topic of the old name; what was read of the old one nobody can read again."""
        self._empty_hands()
        self._delivery.forget()
        self._source.begin_anew(replaced_after)
        self._lookout.excuse()

    def _rejoin(self, fence: FencedMemberError) -> None:
        """Join the group anew unless another live worker has this one's name. Raises ``fence`` if one does."""
        get_logger().warning("member_fenced", detail=str(fence), hint="looking whether a live worker has its name")
        self._health.group_is_left()
        self._metrics.discarded.labels("fenced").inc(self._batcher.discard() + self._predictor.abandon())
        self._namesake.outlast(fence, self._pulse, lambda: self._stop.is_asked)
        if self._stop.is_asked:
            return
        self._leave_group()
        self._consumer = self._make_consumer()
        self._delivery.rejoin(self._consumer)
        self._source.rejoin(self._consumer)
        self._lookout.excuse()

    def _discard_revoked(self, partitions: set[int]) -> None:
        discarded = self._batcher.discard(partitions) + self._predictor.discard(partitions)
        self._metrics.discarded.labels("revoked").inc(discarded)

    def _is_done(self) -> bool:
        return self._stop_at_end and self._batcher.is_empty and self._predictor.is_idle and self._source.is_finished()

    def _finish(self) -> None:
        """Publish what is in hand, within the time that a stop may take."""
        if self._stop.is_asked:
            get_logger().info("worker_stopping", hint="a second signal quits at once")
        self._stop.begin()
        self._empty_hands()
        self._delivery.close()
        get_logger().info("worker_stopped", published_through=self._source.published())

    def _empty_hands(self) -> None:
        """Publish everything that was read, but begin nothing more once a stop has lasted for a while."""
        while not self._predictor.is_idle or not self._batcher.is_empty:
            self._take_in()
            if self._predictor.is_idle:
                if self._stop.elapsed_s() > _BEGIN_WITHIN_S:
                    self._metrics.discarded.labels("stopped").inc(self._batcher.discard())
                    return
                self._begin_batch()
            if self._predictor.wait(_IDLE_S):
                self._publisher.publish(self._predictor.take())
            self._pulse()

    def _leave_group(self) -> None:
        try:
            bounded(self._consumer.close, _LEAVE_S, lambda: None)
        except HungError as error:
            get_logger().warning("group_not_left", detail=str(error))

    def _pulse(self) -> None:
        """Show that the worker lives, and end a wait for the broker that outlasts a stop."""
        self._health.beat()
        if self._joining and self._stop.is_asked:
            raise _StoppedError
        self._stop.check()
        if not self._joining:
            self._lookout.glance()
