"""At least once: results first, offsets after the broker has acknowledged them all."""

import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException

from stream.errors import BrokerError
from stream.kafka.bounded import HungError, commit_offsets
from stream.kafka.connect import Complaints
from stream.kafka.delivery import Published, next_offsets
from stream.kafka.errors import final, in_words, kafka_error, refusal
from stream.kafka.properties import SESSION_TIMEOUT_MS
from stream.kafka.sender import Pulse, Senders, shrink
from stream.logs import get_logger
from stream.messages.outgoing import Outgoing
from stream.metrics import Metrics
from stream.settings import KafkaSettings

_SLICE_S = 0.5
_STALE_S = SESSION_TIMEOUT_MS / 1000 / 2
"""Long before the group gives up a member that it does not hear."""
_NO_LONGER_OURS = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
    }
)


class AtLeastOnce:
    """An idempotent producer, and offsets that never pass a result that is not acknowledged.

    A crash between the two repeats results; nothing is lost.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        consumer: Consumer,
        complaints: Complaints,
        metrics: Metrics,
        *,
        limits: Mapping[str, int],
        pulse: Pulse,
        on_published: Published,
        hung_after_s: float = SESSION_TIMEOUT_MS / 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._topic = kafka.input_topic
        self._consumer = consumer
        self._metrics = metrics
        self._pulse = pulse
        self._on_published = on_published
        self.meanwhile: Callable[[], None] = lambda: None
        self._hung_after_s = hung_after_s
        self._uncommitted: dict[int, int] = {}
        self._senders = Senders(kafka, complaints, limits=limits, pulse=pulse)
        self._sender = self._senders.make()

    def open(self) -> None:
        """Nothing to do: an idempotent producer asks for its id by itself."""

    def publish(self, outcomes: Sequence[Outgoing]) -> None:
        """Send until every outcome is acknowledged, then commit the offsets.

        After a long wait the commit is left to the next batch, or to the end: the group may have given up this
        member meanwhile, and a static member that commits under its former id is fenced by its own return.
        """
        started = self._clock()
        with self._metrics.stage_seconds.labels("publish").time():
            self._deliver(outcomes)
        with self._metrics.stage_seconds.labels("commit").time():
            if self._clock() - started < _STALE_S:
                self._commit(next_offsets(outcomes))
            else:
                self._postpone(next_offsets(outcomes))
        self._on_published(outcomes)

    def forget(self) -> None:
        """Drop the commits that were put off."""
        self._uncommitted.clear()

    def rejoin(self, consumer: Consumer) -> None:
        """Commit as ``consumer`` from now on, and nothing of what its former self put off."""
        self._consumer = consumer
        self._uncommitted.clear()

    def serve(self) -> None:
        """Let librdkafka call back."""
        self._sender.serve()

    def close(self) -> None:
        """Commit what is left to commit and let go of the producer; everything published is acknowledged already."""
        while self._uncommitted:
            self._commit({})
            self._sender.serve(_SLICE_S)
            self._pulse()
        self._sender.close()

    def _deliver(self, outcomes: Sequence[Outgoing]) -> None:
        waiting: list[Sequence[Outgoing]] = [outcomes]
        while waiting:
            batch = waiting.pop()
            try:
                self._sender.send(batch)
            except KafkaException as exception:
                error = kafka_error(exception)
                raise refusal(error, "while publishing") from None
            self.meanwhile()
            while self._sender.producer.flush(_SLICE_S) > 0:
                self._pulse()
            too_large = self._refused()
            again = [batch[row] for row in sorted(too_large)]
            if not again:
                continue
            self._metrics.retries.inc(len(again))
            if self._senders.singly or len(batch) == 1:
                for outcome in again:
                    shrink(outcome, "its topic's max.message.bytes is smaller")
                waiting.append(again)
            elif self._senders.knows_limits or len(again) == 1:
                # Alone in its request, a record shows whether it is the one that is too large.
                waiting.extend([outcome] for outcome in reversed(again))
            else:
                self._sender.close()
                self._sender = self._senders.make_singly()
                waiting.append(again)

    def _refused(self) -> set[int]:
        """Return the rows just sent that their topic called too large.

        Any other refusal is final, since librdkafka itself tries again for ever (``message.timeout.ms=0``).
        """
        too_large = self._sender.too_large()
        for row, error in self._sender.failures():
            if error.code() == KafkaError._DESTROY:  # noqa: SLF001 -- the library's public name
                # Of a live client it means that the record's partition has vanished.
                raise BrokerError(
                    f"a topic is missing while publishing: {in_words(error)}: create it and start again, Warble "
                    "creates no topics"
                )
            if row not in too_large:
                raise refusal(error, "while publishing")
        return too_large

    def _postpone(self, offsets: dict[int, int]) -> None:
        self._uncommitted.update(offsets)
        self._metrics.commit_failures.inc()
        get_logger().warning("offset_commit_postponed", detail="the broker was away, the group may have changed")

    def _commit(self, offsets: dict[int, int]) -> None:
        """Commit ``offsets`` and what is left from before and still ours; what fails is left for the next time."""
        owned = {assigned.partition for assigned in self._consumer.assignment()}
        self._uncommitted = {at: offset for at, offset in self._uncommitted.items() if at in owned} | offsets
        if not self._uncommitted:
            return
        try:
            commit_offsets(self._consumer, self._topic, self._uncommitted, self._hung_after_s, self._pulse)
        except HungError as hung:
            self._metrics.commit_failures.inc()
            get_logger().warning("offset_commit_failed", detail=str(hung))
        except KafkaException as exception:
            error = kafka_error(exception)
            if error.code() in _NO_LONGER_OURS:
                self._uncommitted.clear()  # their next owner reads them again; if fenced, the next poll says so
            elif (answer := final(error, "while committing offsets")) is not None:
                raise answer from None
            self._metrics.commit_failures.inc()
            get_logger().warning("offset_commit_failed", error=error.name(), detail=error.str())
        else:
            self._uncommitted.clear()
