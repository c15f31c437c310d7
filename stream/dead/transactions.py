"""Sending records and committing offsets in one transaction."""

import contextlib
import functools
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from stream.dead.letter import DeadLetter
from stream.errors import BrokerError
from stream.kafka.bounded import HungError, bounded
from stream.kafka.connect import Complaints, refused_properties
from stream.kafka.errors import final, kafka_error
from stream.kafka.late import LateRequests
from stream.kafka.properties import producer_properties
from stream.settings import KafkaSettings

_SLICE_S = 1.0

_LEFT_ALONE: list[Producer] = []
"""Producers that nobody may destroy while the process lives, the garbage collector included."""

_TAKEN_OVER = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 -- librdkafka's local errors are named like this
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
    }
)


class AbortedError(Exception):
    """The transaction was aborted: nothing of it happened, and it may be tried again from the committed offsets."""


class Transactions:
    """Transactions of one lasting id: who opens it ends what an earlier holder left open and shuts that one out."""

    def __init__(
        self, kafka: KafkaSettings, transactional_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Make the producer. Raises UsageError for properties that it does not take."""
        self._kafka = kafka
        self._clock = clock
        self._hangs = False
        self._is_fenced = False
        self._is_used = False
        self._late = LateRequests()
        try:
            self._producer = Producer(
                {
                    **producer_properties(kafka, transactional_id=transactional_id),
                    "error_cb": Complaints("replay"),
                },
                logger=self._late,
            )
        except KafkaException as exception:
            raise refused_properties(exception) from None

    def open(self) -> None:
        """Abort or finish what was left open under this id. Raises BrokerError."""
        self._insist(self._producer.init_transactions, "while opening the transactional producer")

    def send(self, letters: Iterable[DeadLetter], offsets: Sequence[TopicPartition], group: Any) -> None:  # noqa: ANN401 -- ConsumerGroupMetadata has no public type
        """Send the original records of ``letters`` and commit ``offsets`` for ``group``: all of it or nothing.

        Raises AbortedError when it was nothing and may be tried again, BrokerError when it cannot be.
        """
        if self._is_used and self._may_be_late():
            # What is late might count for this transaction, which shares its epoch.
            raise _stopped_answering("in time", "a request may still be on its way")
        self._is_used = True
        try:
            self._insist(lambda _: self._producer.begin_transaction(), "while beginning a transaction")
            for letter in letters:
                self._produce(letter)
            self._insist(functools.partial(self._add_offsets, list(offsets), group), "while adding offsets")
            self._insist(self._producer.commit_transaction, "while committing a transaction")
        except AbortedError:
            self._insist(self._producer.abort_transaction, "while aborting a transaction")
            raise

    def close(self) -> None:
        """Let go of the producer; what is open is aborted."""
        if self._hangs or self._is_fenced:
            # To destroy one that hangs would hang, too. Of one that is fenced, librdkafka frees the error twice when
            # another of its requests is answered meanwhile. What is open the next replay ends, or has ended.
            _LEFT_ALONE.append(self._producer)
            return
        # A producer with a fatal error says so again when it is closed, as an error or as a warning.
        with contextlib.suppress(KafkaException), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            self._producer.close()

    def _may_be_late(self) -> bool:
        with contextlib.suppress(KafkaException):  # the transaction's own calls say it again
            self._producer.poll(0)  # brings the client's log lines
        return self._late.possible

    def _add_offsets(self, offsets: list[TopicPartition], group: Any, timeout: float) -> None:  # noqa: ANN401 -- as above
        call = functools.partial(self._producer.send_offsets_to_transaction, offsets, group, timeout)
        try:
            bounded(call, self._kafka.connect_timeout_s, lambda: None, self._clock)
        except HungError as error:
            self._hangs = True
            raise _stopped_answering("while adding offsets", str(error)) from None

    def _produce(self, letter: DeadLetter) -> None:
        # The original timestamp is not restored: a topic's retention may remove a record for being that old
        # before any worker has read it.
        def hand_over(timeout: float) -> None:
            try:
                self._producer.produce(
                    self._kafka.input_topic, letter.value, letter.key, headers=list(letter.original_headers)
                )
            except BufferError:
                self._producer.poll(timeout)
                raise KafkaException(KafkaError(KafkaError._QUEUE_FULL, retriable=True)) from None  # noqa: SLF001

        self._insist(hand_over, f"while sending {letter.place} to topic '{self._kafka.input_topic}'")

    def _insist(self, call: Callable[[float], None], doing: str) -> None:
        """Make ``call`` (taking a timeout in seconds) again as long as the broker may still carry it out."""
        deadline = self._clock() + self._kafka.connect_timeout_s
        while True:
            try:
                call(_SLICE_S)
            except KafkaException as exception:
                error = kafka_error(exception)
                if not error.retriable() or error.txn_requires_abort() or error.fatal():
                    cause = self._cause(error)
                    self._is_fenced |= cause.code() in _TAKEN_OVER
                    raise _answer(cause, doing) from None
                if self._clock() >= deadline:
                    raise _stopped_answering(doing, error.str()) from None
            else:
                return

    def _cause(self, error: KafkaError) -> KafkaError:
        """Return what was fatal: later calls say only that something was, the client's own report says what."""
        if error.code() == KafkaError._FATAL:  # noqa: SLF001 -- as above
            try:
                self._producer.poll(0)
            except KafkaException as exception:
                return kafka_error(exception)
        return error


def _stopped_answering(doing: str, detail: str) -> BrokerError:
    return BrokerError(
        f"the broker stopped answering {doing} ({detail}): run the replay again, it goes on where this one ended"
    )


def _answer(error: KafkaError, doing: str) -> Exception:
    if error.code() in _TAKEN_OVER:
        return BrokerError(f"another replay of the same reason took over {doing}: let it finish, nothing is sent twice")
    if error.txn_requires_abort():
        return AbortedError(f"{doing}: {error.str()}")
    return final(error, doing) or BrokerError(f"the broker refused {doing}: {error.str()} ({error.name()})")
