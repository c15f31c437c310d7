"""Kafka's clients without Kafka: they do what a script says and remember what was asked of them."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from tests.stream.records import kafka_exception

Headers = list[tuple[str, str | bytes | None]] | None
OnDelivery = Callable[[KafkaError | None, Message], None]


@dataclass
class Sent:
    """A record handed to a producer."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int
    on_delivery: OnDelivery = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name) + len(value or b"") for name, value in self.headers or [])
        return len(self.key or b"") + len(self.value or b"") + headers


class FakeBroker:
    """Topics, one group's offsets, and the order of all calls.

    limits: most bytes of a record that a topic takes. refusals: what a topic answers instead of taking a record.
    script: what the next calls of a name raise (None: nothing).
    """

    def __init__(self) -> None:
        self.limits: dict[str, int] = {}
        self.refusals: dict[str, int] = {}
        self.client_limit = 1_000_000
        self.committed: list[Sent] = []
        self.offsets: dict[int, int] = {}
        self.calls: list[str] = []
        self.script: dict[str, deque[BaseException | None]] = defaultdict(deque)

    def call(self, name: str) -> None:
        self.calls.append(name)
        if self.script[name]:
            error = self.script[name].popleft()
            if error is not None:
                raise error

    def plan(self, name: str, *errors: BaseException | None) -> None:
        """Let the next calls of ``name`` raise ``errors``, one each."""
        self.script[name].extend(errors)

    def verdict(self, sent: Sent) -> KafkaError | None:
        if sent.topic in self.refusals:
            return KafkaError(self.refusals[sent.topic], "refused as scripted")
        if sent.size > self.limits.get(sent.topic, 1_000_000):
            return KafkaError(KafkaError.MSG_SIZE_TOO_LARGE, "Broker: Message size too large")
        return None

    def values(self, topic: str) -> list[bytes | None]:
        return [sent.value for sent in self.committed if sent.topic == topic]

    def commit_offsets(self, offsets: Iterable[TopicPartition]) -> None:
        self.offsets.update({position.partition: position.offset for position in offsets})


class FakeProducer:
    """What a Sender needs of ``confluent_kafka.Producer``.

    Like the real one, a transaction fails at the first refusal that is noticed: at commit, or with ``hasty`` at the
    next produce(), which then raises _STATE.
    """

    broker: FakeBroker
    made: list["FakeProducer"]
    hasty = False
    queue_size = 1_000_000

    def __init__(self, properties: Mapping[str, Any], logger: Any = None) -> None:  # noqa: ANN401 -- what has a log()
        self.properties = dict(properties)
        self.made.append(self)
        self.logger = logger
        self._lines: list[tuple[int, str, str, str]] = []
        self._pending: list[Sent] = []
        self._uncommitted: list[Sent] = []
        self._reports: list[tuple[Sent, KafkaError]] = []
        self._offsets: list[TopicPartition] = []
        self._failed = False

    @property
    def is_transactional(self) -> bool:
        return "transactional.id" in self.properties

    @property
    def handed_over(self) -> list[Sent]:
        """Records that the broker has not judged yet."""
        return self._pending

    def init_transactions(self, timeout: float) -> None:
        assert 0 < timeout <= 1
        self.broker.call("init")

    def begin_transaction(self) -> None:
        self.broker.call("begin")
        self._pending, self._uncommitted, self._offsets, self._failed = [], [], [], False

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        callback: OnDelivery,
        on_delivery: None,
        timestamp: int,
        headers: Headers,
    ) -> None:
        # The real one takes None for the first of the two as "no callback", whatever the second is.
        assert (partition, on_delivery) == (-1, None)
        self.broker.call("produce")
        sent = Sent(topic, key, value, headers, timestamp, callback)
        if sent.size > self.broker.client_limit:
            raise kafka_exception(KafkaError.MSG_SIZE_TOO_LARGE)
        if len(self._pending) >= self.queue_size:
            raise BufferError("Local: Queue full")
        if self.hasty and self.is_transactional:
            self._judge()
            if self._failed:
                raise kafka_exception(KafkaError._STATE)  # noqa: SLF001 -- the library's public name
        self._pending.append(sent)

    def log(self, level: int, facility: str, name: str, line: str) -> None:
        """Log a line, which arrives with the next poll."""
        self._lines.append((level, facility, name, line))

    def poll(self, timeout: float) -> int:
        self.broker.call("poll")
        while self._lines:
            level, *line = self._lines.pop(0)
            self.logger.log(level, "%s [%s] %s", *line)
        if timeout > 0:
            self._judge()
            self._take()
        self._report()
        return 0

    def flush(self, timeout: float) -> int:
        assert 0 < timeout <= 1
        self.broker.call("flush")
        self._judge()
        self._take()
        self._report()
        return 0

    def send_offsets_to_transaction(self, offsets: list[TopicPartition], metadata: object, timeout: float) -> None:
        assert metadata == "fresh metadata"
        assert 0 < timeout <= 1
        self.broker.call("offsets")
        self._offsets = offsets

    def commit_transaction(self, timeout: float) -> None:
        assert 0 < timeout <= 1
        self.broker.call("commit")
        self._judge()
        if self._failed:
            raise kafka_exception(KafkaError.MSG_SIZE_TOO_LARGE, abort=True)
        self._take()
        self.broker.committed += self._uncommitted
        self._uncommitted = []
        self.broker.commit_offsets(self._offsets)

    def abort_transaction(self, timeout: float) -> None:
        assert 0 < timeout <= 1
        self.broker.call("abort")
        purged = KafkaError(KafkaError._PURGE_QUEUE, "Local: Purged in queue")  # noqa: SLF001
        self._reports += [(sent, purged) for sent in self._pending]
        self._pending = []
        self._report()

    def close(self) -> None:
        self.broker.call("close")

    def _judge(self) -> None:
        """Find out what the broker refuses of what waits."""
        judged = [(sent, self.broker.verdict(sent)) for sent in self._pending]
        self._pending = [sent for sent, error in judged if error is None]
        self._reports += [(sent, error) for sent, error in judged if error is not None]
        self._failed |= len(self._pending) < len(judged)

    def _take(self) -> None:
        taken = self._uncommitted if self.is_transactional else self.broker.committed
        taken += self._pending
        self._pending = []

    def _report(self) -> None:
        reports, self._reports = self._reports, []
        for sent, error in reports:
            sent.on_delivery(error, Message(topic=sent.topic))


class FakeGroupMember:
    """What a delivery needs of ``confluent_kafka.Consumer``."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.owned = {0, 1, 2, 3}

    def consumer_group_metadata(self) -> str:
        return "fresh metadata"

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition("tweets", partition) for partition in self.owned]

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        self._broker.call("commit")
        self._broker.commit_offsets(offsets)


Event = Message | Callable[["FakeConsumer"], None]


class FakeConsumer:
    """What a Source needs of ``confluent_kafka.Consumer``.

    Events are records, errors, and callables that play a rebalance inside a poll.
    watermarks: (first offset, end) of each partition. group: committed offsets, -1001 for none.
    """

    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.watermarks: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        self.group: dict[int, int] = defaultdict(lambda: -1001)
        self.calls: list[tuple[str, int, int]] = []
        self.errors: dict[str, deque[KafkaException]] = defaultdict(deque)
        self.subscribed: list[str] = []

    def subscribe(self, topics: list[str], **callbacks: Callable[..., None]) -> None:
        self.subscribed = topics
        self.callbacks = callbacks

    def assign(self, *partitions: int) -> None:
        self._rebalance("on_assign", partitions)

    def revoke(self, *partitions: int) -> None:
        self._rebalance("on_revoke", partitions)

    def lose(self, *partitions: int) -> None:
        self._rebalance("on_lost", partitions)

    def poll(self, timeout: float) -> Message | None:
        assert timeout >= 0
        found = self._next(1)
        return found[0] if found else None

    def consume(self, most: int, timeout: float) -> list[Message]:
        assert 0 < most <= 1_000_000
        assert timeout == 0
        return self._next(most)

    def incremental_unassign(self, positions: list[TopicPartition]) -> None:
        for position in positions:
            self._note("unassign", position)

    def incremental_assign(self, positions: list[TopicPartition]) -> None:
        for position in positions:
            self._note("assign", position)

    def get_watermark_offsets(
        self, position: TopicPartition, timeout: float = 1, *, cached: bool = False
    ) -> tuple[int, int]:
        assert timeout > 0
        self._fail("cached" if cached else "watermarks")
        return self.watermarks[position.partition]

    def committed(self, positions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert timeout > 0
        self._fail("committed")
        return [TopicPartition(one.topic, one.partition, self.group[one.partition]) for one in positions]

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        for position in offsets:
            self._note("commit", position)
            self.group[position.partition] = position.offset

    def _note(self, name: str, position: TopicPartition) -> None:
        self._fail(name)
        self.calls.append((name, position.partition, position.offset))

    def _fail(self, name: str) -> None:
        if self.errors[name]:
            raise self.errors[name].popleft()

    def _next(self, most: int) -> list[Message]:
        found: list[Message] = []
        while self.events and len(found) < most:
            event = self.events.popleft()
            if isinstance(event, Message):
                found.append(event)
            else:
                event(self)
        return found

    def _rebalance(self, callback: str, partitions: tuple[int, ...]) -> None:
        self.callbacks[callback](self, [TopicPartition("tweets", partition) for partition in partitions])
