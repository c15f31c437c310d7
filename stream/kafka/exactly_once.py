"""Exactly once: results, dead letters and offsets in one transaction."""

import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from stream.errors import BrokerError
from stream.kafka.connect import Complaints
from stream.kafka.delivery import Published, Pulse, RewindError, Sender, TooLargeError, next_offsets, part, shrink
from stream.kafka.errors import final, kafka_error
from stream.kafka.properties import producer_properties, transactional_id
from stream.logs import get_logger
from stream.messages.outgoing import Outgoing
from stream.metrics import Metrics
from stream.settings import KafkaSettings

_SLICE_S = 1.0


class _AbortError(Exception):
    """The transaction must be aborted."""


class ExactlyOnce:
    """One transaction a batch, begun when the predictions are there and ended before the next poll.

    A transaction is never open across a poll, so a rebalance finds only records not yet begun. The transactional id
    lasts, so that a restarted worker fences what its last life left open (KIP-98, KIP-447).
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
    ) -> None:
        self._kafka = kafka
        self._consumer = consumer
        self._metrics = metrics
        self._pulse = pulse
        self._on_published = on_published
        properties = producer_properties(kafka, transactional_id=transactional_id(kafka), limits=limits.values())
        self._sender = Sender(kafka, properties, complaints, limits=limits, pulse=pulse)

    def open(self) -> None:
        """Fence our former self and abort what it left open."""
        deadline = time.monotonic() + self._kafka.connect_timeout_s

        def initialise(timeout_s: float) -> None:
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"the transaction coordinator at {self._kafka.bootstrap_servers} did not answer within "
                    f"{self._kafka.connect_timeout_s:g} s: see the broker's log"
                )
            self._sender.producer.init_transactions(timeout_s)

        self._insist(initialise, "while opening the transactional producer")

    def publish(self, outcomes: Sequence[Outgoing]) -> None:
        """Publish in one transaction, or in several where single records turn out too large for their topic."""
        waiting: list[Sequence[Outgoing]] = [outcomes]
        aborted_before = False
        while waiting:
            batch = waiting.pop()
            try:
                self._transaction(batch)
            except TooLargeError as error:
                # The refused request leaves a gap in the sequence numbers that costs the next transaction an abort
                # too, so that one must not count: read again, the same record would be found too large again.
                aborted_before = False
                if len(batch) == 1:
                    shrink(batch[0], "its topic's max.message.bytes is smaller")
                    waiting.append(batch)
                else:
                    waiting.extend(reversed(list(part(batch, error.rows))))
            except RewindError:
                if aborted_before:
                    raise
                aborted_before = True
                waiting.append(batch)
            else:
                aborted_before = False
                self._on_published(batch)

    def serve(self) -> None:
        """Let librdkafka call back."""
        self._sender.producer.poll(0)

    def close(self) -> None:
        """Abort what is open, as far as the broker answers at once."""
        self._sender.producer.close()

    def _transaction(self, outcomes: Sequence[Outgoing]) -> None:
        producer = self._sender.producer
        topic = self._kafka.input_topic
        offsets = [TopicPartition(topic, *position) for position in next_offsets(outcomes).items()]
        stage = self._metrics.stage_seconds
        try:
            with stage.labels("publish").time():
                self._insist(lambda _: producer.begin_transaction(), "while beginning a transaction")
                self._send(outcomes)
            with stage.labels("commit").time():
                self._insist(
                    lambda timeout_s: producer.send_offsets_to_transaction(
                        offsets, self._consumer.consumer_group_metadata(), timeout_s
                    ),
                    "while adding offsets to a transaction",
                )
                self._insist(producer.commit_transaction, "while committing a transaction")
        except _AbortError as error:
            self._metrics.aborted.inc()
            self._insist(producer.abort_transaction, "while aborting a transaction")
            too_large = self._sender.too_large()
            get_logger().warning(
                "transaction_aborted", tweets=len(outcomes), detail=str(error), too_large=len(too_large)
            )
            if too_large:
                raise TooLargeError(too_large) from None
            raise RewindError(str(error)) from None

    def _send(self, outcomes: Sequence[Outgoing]) -> None:
        try:
            self._sender.send(outcomes)
        except KafkaException as exception:
            error = kafka_error(exception)
            if error.code() == KafkaError._STATE:  # noqa: SLF001 -- the library's public name
                # The broker refused a record that is already on its way: the transaction takes no more, and this
                # error says neither why nor that it must be aborted.
                raise _AbortError("while publishing: the transaction failed under way") from None
            raise self._answer(error, "while publishing") from None

    def _insist(self, call: Callable[[float], None], doing: str) -> None:
        """Make ``call`` (taking a timeout in seconds) again as long as the broker may still carry it out."""
        told = False
        while True:
            try:
                call(_SLICE_S)
            except KafkaException as exception:
                error = kafka_error(exception)
                if not error.retriable() or error.txn_requires_abort() or final(error, doing) is not None:
                    raise self._answer(error, doing) from None
                if not told:
                    get_logger().warning("waiting_for_broker", doing=doing, error=error.name(), detail=error.str())
                    told = True
                self._metrics.retries.inc()
                self.serve()
                self._pulse()
            else:
                return

    def _answer(self, error: KafkaError, doing: str) -> Exception:
        answer = final(error, doing)
        if answer is not None:
            return answer
        if error.txn_requires_abort():
            return _AbortError(f"{doing}: {error.str()} ({error.name()})")
        return BrokerError(f"the broker refused {doing}: {error.str()} ({error.name()}): see the broker's log")
