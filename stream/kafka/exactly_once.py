"""Exactly once: results, dead letters and offsets in one transaction."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from stream.errors import BrokerError, FencedError, LostTransactionError
from stream.kafka.bounded import HungError, bounded
from stream.kafka.connect import Complaints
from stream.kafka.delivery import Published, RewindError, TooLargeError, next_offsets, part
from stream.kafka.errors import final, in_words, kafka_error, refusal
from stream.kafka.properties import TRANSACTION_TIMEOUT_MS, heartbeat_s, transaction_timeout_s, transactional_id
from stream.kafka.sender import Pulse, Sender, Senders, shrink
from stream.logs import get_logger
from stream.messages.outgoing import Outgoing
from stream.metrics import Metrics
from stream.settings import KafkaSettings

_SLICE_S = 1.0
_HUNG_AFTER_S = TRANSACTION_TIMEOUT_MS / 1000 + 2
"""By then the broker has aborted the transaction anyway."""
_HEARD_WITHIN_S = 1.0
_MOST_SINGLY = 500
"""Records of a transaction when each travels alone: about a thousand a second, far from the transaction's timeout."""


class _AbortError(Exception):
    """The transaction must be aborted."""


class ExactlyOnce:
    """One transaction a batch, begun when the predictions are there and ended before the next poll.

    A transaction is never open across a poll, so a rebalance finds only records not yet begun. The transactional id
    lasts, so that a restarted worker fences what its last life left open (KIP-98, KIP-447).

    A request that the client has given up may still be on its way, and librdkafka keeps one epoch for all transactions
    of a producer (its issue 5423; KIP-890 would raise it with each): offsets or an end that were meant for one
    transaction then count for a later one. So a producer whose requests may be late does no other transaction: a new
    one under its id has a higher epoch, which fences them.
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
        hung_after_s: float = _HUNG_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._kafka = kafka
        self._consumer = consumer
        self._metrics = metrics
        self._pulse = pulse
        self._on_published = on_published
        self.meanwhile: Callable[[], None] = lambda: None
        self._hung_after_s = hung_after_s
        self._expires_after_s = transaction_timeout_s(kafka)
        self._grace_s = heartbeat_s(kafka) + _HEARD_WITHIN_S
        self._expired = False
        self._late = False
        self._renew_at = 0.0
        self._senders = Senders(kafka, complaints, limits=limits, pulse=pulse, transactional_id=transactional_id(kafka))
        self._sender = self._senders.make()
        self._replaced: Sender | None = None

    def open(self) -> None:
        """Fence our former self and abort what it left open."""
        deadline = self._clock() + self._kafka.connect_timeout_s

        def initialise(timeout_s: float) -> None:
            if self._clock() > deadline:
                raise BrokerError(
                    f"the transaction coordinator at {self._kafka.bootstrap_servers} did not answer within "
                    f"{self._kafka.connect_timeout_s:g} s: see the broker's log"
                )
            self._sender.producer.init_transactions(timeout_s)

        self._insist(initialise, "while opening the transactional producer")
        self._late = False

    def publish(self, outcomes: Sequence[Outgoing]) -> None:
        """Publish in one transaction, or in several where single records turn out too large for their topic."""
        waiting = self._transactions(outcomes)
        gap = False
        while waiting:
            batch = waiting.pop()
            try:
                self._transaction(batch)
            except TooLargeError as error:
                gap = True
                if self._senders.singly or len(batch) == 1:
                    for row in error.rows:
                        shrink(batch[row], "its topic's max.message.bytes is smaller")
                    waiting.append(batch)
                elif self._senders.knows_limits or len(error.rows) == 1:
                    waiting.extend(reversed(list(part(batch, error.rows))))
                else:
                    self._send_singly()
                    waiting.extend(self._transactions(batch))
            except RewindError as error:
                # A refused request leaves a gap in the sequence numbers, which costs the next transaction an abort
                # too. Read again, the same record would be found too large again, and so for ever. What may have been
                # published after all must not be published here again.
                if error.outcome_unknown or not gap:
                    raise
                gap = False
                waiting.append(batch)
            else:
                self._on_published(batch)

    def _transactions(self, outcomes: Sequence[Outgoing]) -> list[Sequence[Outgoing]]:
        """Return what goes into a transaction each, the first one last."""
        size = _MOST_SINGLY if self._senders.singly else max(1, len(outcomes))
        return [outcomes[start : start + size] for start in reversed(range(0, len(outcomes), size))]

    def forget(self) -> None:
        """Nothing to do: what is published is committed."""

    def rejoin(self, consumer: Consumer) -> None:
        """Go on as ``consumer``, with a new producer: what the old one sent as a member that is no more may be late."""
        self._consumer = consumer
        self._late = True

    def serve(self) -> None:
        """Let librdkafka call back."""
        if not self._expired:
            self._sender.serve()

    def close(self) -> None:
        """Let go of the producer; the broker aborts what is open."""
        if not self._expired:
            self._sender.close()

    def _transaction(self, outcomes: Sequence[Outgoing]) -> None:
        self.serve()  # brings the client's log lines
        if self._expired or self._late or self._sender.late.possible:
            self._renew()
        begun = self._clock()
        try:
            self._carry_out(outcomes)
        except FencedError as error:
            if self._clock() - begun < self._expires_after_s:
                raise
            # The coordinator aborts what stays open for too long (a broker was away, this process slept) and fences
            # whoever had it. Whether there is a namesake, too, only the group can tell.
            self._renew_at = self._clock() + self._grace_s
            raise self._give_up(error, outcomes) from None
        except LostTransactionError as error:
            # Seen where a coordinator died before it took the transaction's first partition: our abort met its heir.
            raise self._give_up(error, outcomes) from None

    def _give_up(self, error: BrokerError, outcomes: Sequence[Outgoing]) -> RewindError:
        get_logger().error("transaction_lost", tweets=len(outcomes), detail=str(error))
        self._metrics.aborted.inc()
        self._expired = True
        return RewindError(str(error), outcome_unknown=True)

    def _renew(self) -> None:
        """Go on with a new producer. It fences a namesake, too: so not before a heartbeat can have told of one."""
        if self._clock() < self._renew_at:
            raise RewindError("waiting to hear whether the group still counts this worker in")
        get_logger().info("producer_renewed", hint="what the old one sent may be late, and is fenced by this")
        self._make_producer()

    def _carry_out(self, outcomes: Sequence[Outgoing]) -> None:
        producer = self._sender.producer
        topic = self._kafka.input_topic
        offsets = [TopicPartition(topic, *position) for position in next_offsets(outcomes).items()]
        stage = self._metrics.stage_seconds
        try:
            with stage.labels("publish").time():
                self._insist(lambda _: producer.begin_transaction(), "while beginning a transaction")
                self._send(outcomes)
            with stage.labels("commit").time():
                self._insist(functools.partial(self._add_offsets, offsets), "while adding offsets to a transaction")
                self._commit()
        except HungError as error:
            self._replace_producer(error)
            raise RewindError(str(error)) from None
        except _AbortError as error:
            self._metrics.aborted.inc()
            self._abort()
            too_large = self._sender.too_large()
            self._late |= not too_large
            get_logger().warning(
                "transaction_aborted", tweets=len(outcomes), detail=str(error), too_large=len(too_large)
            )
            if too_large:
                raise TooLargeError(too_large) from None
            raise RewindError(str(error)) from None

    def _commit(self) -> None:
        try:
            self._insist(self._sender.producer.commit_transaction, "while committing a transaction", self._hung_after_s)
        except HungError as error:
            self._replace_producer(error)
            raise RewindError(str(error), outcome_unknown=True) from None

    def _abort(self) -> None:
        try:
            self._insist(self._sender.producer.abort_transaction, "while aborting a transaction", self._hung_after_s)
        except HungError as error:
            self._replace_producer(error)

    def _add_offsets(self, offsets: list[TopicPartition], timeout_s: float) -> None:
        member = self._consumer.consumer_group_metadata()
        call = functools.partial(self._sender.producer.send_offsets_to_transaction, offsets, member, timeout_s)
        told = False

        def wait() -> None:
            nonlocal told
            if not told:
                get_logger().warning("waiting_for_broker", doing="while adding offsets to a transaction")
                told = self._late = True
            self._wait()

        bounded(call, self._hung_after_s, wait, meanwhile=self.meanwhile)

    def _send_singly(self) -> None:
        self._sender.close()
        self._sender = self._senders.make_singly()
        self._insist(self._sender.producer.init_transactions, "while opening the transactional producer")

    def _replace_producer(self, why: HungError) -> None:
        """Leave a producer behind that hangs. A new one under its id ends what it had open and fences it.

        librdkafka may lose its transaction coordinator for good when brokers restart.
        """
        get_logger().error("producer_replaced", detail=str(why))
        self._make_producer()

    def _make_producer(self) -> None:
        while True:
            self._metrics.replaced.inc()
            # librdkafka frees a fenced producer's error twice if one of its requests is answered while it is destroyed.
            # By the next time they all are.
            self._replaced, self._sender = self._sender, self._senders.make()
            try:
                self._insist(
                    self._sender.producer.init_transactions, "while replacing the producer", self._hung_after_s
                )
            except HungError:
                continue
            self._expired = self._late = False
            return

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

    def _insist(self, call: Callable[[float], None], doing: str, hung_after_s: float | None = None) -> None:
        """Make ``call`` (taking a timeout in seconds) again as long as the broker may still carry it out.

        Raises HungError once that has taken ``hung_after_s`` seconds.
        """
        started = self._clock()
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
                    told = self._late = True
                self._metrics.retries.inc()
                self._wait()
                if hung_after_s is not None and self._clock() - started >= hung_after_s:
                    raise HungError(f"{doing}: {in_words(error)}") from None
            else:
                return

    def _wait(self) -> None:
        """Let the client say what holds it up, and the worker show that it lives."""
        self.serve()
        self._pulse()

    def _answer(self, error: KafkaError, doing: str) -> Exception:
        if error.code() == KafkaError.FENCED_INSTANCE_ID and error.txn_requires_abort():
            # Also what a member hears that has just come back under a new member id. One that is really fenced
            # hears it from its next poll.
            return _AbortError(f"{doing}: {in_words(error)}")
        answer = final(error, doing)
        if answer is not None:
            return answer
        if error.txn_requires_abort():
            return _AbortError(f"{doing}: {in_words(error)}")
        return refusal(error, doing)
