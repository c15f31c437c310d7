"""Sending dead letters back to the input topic, each exactly once."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from confluent_kafka import Consumer, TopicPartition

from model.errors import UsageError
from stream import reading
from stream.dead.letter import DeadLetter
from stream.dead.look import letters
from stream.dead.transactions import AbortedError, Transactions
from stream.errors import BrokerError
from stream.kafka.properties import is_embedded
from stream.settings import KafkaSettings

MOST_ABORTS = 10
"""How many transactions in a row may be aborted before the replay gives up."""


@dataclass
class Replayed:
    """What a replay did for one reason."""

    reason: str
    sent: int = 0
    truncated: int = 0
    """Letters passed over because their value was left behind when they died."""


def replay_group(kafka: KafkaSettings, reason: str) -> str:
    """Return the group whose offsets say how far letters of ``reason`` have been replayed."""
    return f"{kafka.group_id}-replay-{reason}"


@dataclass(frozen=True)
class Survey:
    """What the dead-letter topic held when the replay began."""

    letters: dict[str, int]
    """How many letters of each reason."""
    unknown: int
    """Records without a reason, which no worker wrote."""
    end: dict[int, int]
    """Partition to the offset that the replay stops before: what dies meanwhile waits for the next one."""


def survey(kafka: KafkaSettings) -> Survey:
    """Look through the dead-letter topic. Raises BrokerError, and UsageError on the embedded broker."""
    topic = kafka.dead_letter_topic
    with reading.opened(kafka, f"{kafka.group_id}-dead", [topic, kafka.input_topic]) as consumer:
        if is_embedded(consumer.list_topics(timeout=reading.ANSWER_S).cluster_id):
            raise UsageError(
                f"replay sends each letter exactly once and needs transactions: {kafka.bootstrap_servers} is the "
                "embedded broker, which has none; point WARBLE_KAFKA__BOOTSTRAP_SERVERS at a real Kafka ('make broker')"
            )
        spans = reading.ends(consumer, topic)
        counts = Counter(letter.reason for letter in letters(consumer, kafka, spans))
    unknown = counts.pop(None, 0)
    by_reason = {reason: count for reason, count in sorted(counts.items()) if reason is not None}
    return Survey(by_reason, unknown, {partition: end for partition, (_, end) in spans.items()})


class Replay:
    """Replays the letters of one reason, from where the last replay of that reason ended.

    Each batch is one transaction of the records and of the offsets of the reason's own group, so a letter is sent
    once however often a replay is started, killed or run twice at a time, and no reason moves another's offsets.
    end: partition to the offset to stop before. stop: asked between transactions. clock: seconds, monotonic.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        reason: str,
        end: dict[int, int],
        *,
        stop: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kafka = kafka
        self._topic = kafka.dead_letter_topic
        self._reason = reason
        self._end = end
        self._group = replay_group(kafka, reason)
        self._stop = stop
        self._clock = clock

    def count(self) -> Replayed:
        """Tell what :meth:`run` would do, without doing any of it."""
        done = Replayed(self._reason)
        with reading.opened(self._kafka, self._group, [self._topic]) as consumer:
            for _, found in self._batches(consumer, self._spans(consumer)):
                _add(done, found)
        return done

    def run(self) -> Replayed:
        """Replay up to the end. Raises BrokerError."""
        done = Replayed(self._reason)
        transactions = Transactions(self._kafka, f"warble-{self._group}", self._clock)
        topics = [self._topic, self._kafka.input_topic]
        try:
            with reading.opened(self._kafka, self._group, topics) as consumer:
                # First, so that no earlier replay of this reason can still move the offsets that are read next.
                transactions.open()
                aborts = 0
                while not self._pass(consumer, transactions, done):
                    aborts += 1
                    if aborts > MOST_ABORTS:
                        raise BrokerError(
                            f"{aborts} transactions in a row were aborted while replaying '{self._reason}': see the "
                            "broker's log"
                        )
        finally:
            transactions.close()
        return done

    def _pass(self, consumer: Consumer, transactions: Transactions, done: Replayed) -> bool:
        """Replay from the committed offsets on; False when a transaction was aborted on the way."""
        spans = self._spans(consumer)
        for offsets, found in self._batches(consumer, spans):
            whole = [letter for letter in found if not letter.truncated]
            positions = [TopicPartition(self._topic, *position) for position in offsets.items()]
            try:
                transactions.send(whole, positions, consumer.consumer_group_metadata())
            except AbortedError:
                return False
            _add(done, found)
            if self._stop():
                break
        return True

    def _spans(self, consumer: Consumer) -> dict[int, tuple[int, int]]:
        """Return, for each partition, the next offset to replay and the one to stop before."""
        now = reading.ends(consumer, self._topic)
        committed = reading.committed(consumer, self._topic, list(now))
        return {
            # A committed offset outside of the topic: its letters were removed, or the topic was made anew.
            partition: (committed[partition] if low <= committed[partition] <= high else low, self._end[partition])
            for partition, (low, high) in now.items()
            if partition in self._end
        }

    def _batches(
        self, consumer: Consumer, spans: dict[int, tuple[int, int]]
    ) -> Iterator[tuple[dict[int, int], list[DeadLetter]]]:
        """Yield the letters of the reason with the offsets behind all that was read up to them."""
        offsets: dict[int, int] = {}
        for messages in reading.until_end(consumer, self._topic, spans, patience_s=self._kafka.connect_timeout_s):
            found = []
            for message in messages:
                letter = DeadLetter.read(message)
                offsets[letter.place.partition] = letter.place.offset + 1
                if letter.reason == self._reason:
                    found.append(letter)
            if found:
                yield offsets, found
                offsets = {}
        if offsets:
            yield offsets, []


def _add(done: Replayed, found: list[DeadLetter]) -> None:
    truncated = sum(1 for letter in found if letter.truncated)
    done.truncated += truncated
    done.sent += len(found) - truncated
