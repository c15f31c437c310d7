"""Producers of the input: one that paces tweets, one that takes its transactions back."""

import threading
from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from tests.system.faults.tweets import Tweets
from tests.system.kafka import Broker, Record

_MOST_AT_ONCE = 2_000
_FLUSH_S = 180.0
_RESTLESS = {
    "queue.buffering.max.messages": 200_000,
    "reconnect.backoff.max.ms": 500,
    "topic.metadata.refresh.interval.ms": 2_000,
    "linger.ms": 5,
    "log_level": 0,
}


class Feed:
    """An idempotent producer that keeps a pace, however long the brokers are away: nothing that it sends is given up.

    rate: tweets a second.
    """

    def __init__(self, broker: Broker, topic: str, tweets: Tweets, rate: float) -> None:
        self._topic = topic
        self._rate = rate
        self._behind = 0.0
        self._due: float | None = None
        self._waiting: list[Record] = []
        self._producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "message.timeout.ms": 0, **_RESTLESS}
        )
        self.tweets = tweets
        self.refused: list[str] = []
        self.acknowledged = 0

    def keep_pace(self, now: float) -> None:
        """Send what is due at ``now``, seconds of a monotonic clock."""
        self._behind += self._rate * (now - (now if self._due is None else self._due))
        self._due = now
        count = min(int(self._behind), _MOST_AT_ONCE)
        self._behind -= count
        self.put(self.tweets.good(count))

    def put(self, records: Iterable[Record]) -> None:
        """Send these, too; what the queue has no room for is kept for the next call."""
        self._waiting.extend(records)
        self._producer.poll(0)
        sent = 0
        for key, value, headers in self._waiting:
            try:
                self._producer.produce(self._topic, value, key, headers=headers, on_delivery=self._note)
            except BufferError:
                break
            sent += 1
        del self._waiting[:sent]

    def finish(self) -> None:
        """Wait until the brokers hold everything. Fails the test if they do not take it in time."""
        while self._waiting:
            self._producer.flush(1)
            self.put(())
        assert self._producer.flush(_FLUSH_S) == 0, "the brokers did not take the whole input"

    def _note(self, error: KafkaError | None, _: Message) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.refused.append(error.str())


class Fickle:
    """A producer with transactions that commits one and aborts the next, in a thread: its calls wait for brokers."""

    def __init__(self, broker: Broker, topic: str, name: str) -> None:
        self._broker = broker
        self._topic = topic
        self._name = name
        self._busy: threading.Thread | None = None
        self.aborted = 0
        self.failed = 0
        """Transactions that broke on the brokers' faults; the brokers abort those, too."""

    def send(self, kept: list[Record], taken_back: list[Record]) -> bool:
        """Commit a transaction and abort another; False when the last two are not over."""
        if self._busy is not None and self._busy.is_alive():
            return False
        self._busy = threading.Thread(target=self._send, args=(kept, taken_back), name="fickle", daemon=True)
        self._busy.start()
        return True

    def finish(self, within_s: float = 90.0) -> None:
        """Wait for the last transaction to end."""
        if self._busy is not None:
            self._busy.join(within_s)
            assert not self._busy.is_alive(), "the upstream transaction did not end"

    def _send(self, kept: list[Record], taken_back: list[Record]) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self._broker.bootstrap,
                "transactional.id": self._name,
                "transaction.timeout.ms": 10_000,
                "message.timeout.ms": 10_000,
                **_RESTLESS,
            }
        )
        try:
            producer.init_transactions(30)
            _fill(producer, self._topic, taken_back)
            producer.abort_transaction(30)
            self.aborted += 1
            _fill(producer, self._topic, kept)
            producer.commit_transaction(30)
        except KafkaException:
            self.failed += 1  # the next one of its name ends what it left open


def _fill(producer: Producer, topic: str, records: list[Record]) -> None:
    producer.begin_transaction()
    for key, value, headers in records:
        producer.produce(topic, value, key, headers=headers)
    producer.flush(15)
