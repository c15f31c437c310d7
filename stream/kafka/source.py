"""The input topic: records in, with every partition's position known."""

import math
import time
from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.kafka.ages import Ages
from stream.kafka.errors import final, kafka_error
from stream.kafka.lost import LostRecords, OnLost
from stream.kafka.properties import SESSION_TIMEOUT_MS
from stream.logs import get_logger
from stream.messages.place import position, timestamp
from stream.metrics import Metrics

_ANSWER_S = 10.0


class Source:
    """Reads the input topic for one member of the group.

    It keeps, for each owned partition, the offset to go on from when unpublished work is thrown away
    (:meth:`rewind`), and with ``stop_at_end`` the end noted when the partition was assigned.

    on_revoked: called with the partitions that are gone, before anybody else may get them.
    clock: seconds that only grow; wall_clock: seconds since the epoch.
    """

    def __init__(
        self,
        consumer: Consumer,
        topic: str,
        *,
        metrics: Metrics,
        on_revoked: Callable[[set[int]], None],
        on_lost_records: OnLost = "resume",
        stop_at_end: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._consumer = consumer
        self._topic = topic
        self._metrics = metrics
        self._on_revoked = on_revoked
        self._lost_records = LostRecords(topic, on_lost_records, metrics)
        self._stop_at_end = stop_at_end
        self._owned: set[int] = set()
        self._position: dict[int, int] = {}  # next offset to read, past control markers
        self._unread: dict[int, int] = {}  # offset after the last record handed out
        self._published: dict[int, int] = {}  # next offset to publish
        self._ages = Ages()
        self._ends: dict[int, int] = {}
        self._at_end: set[int] = set()
        self._without_end: set[int] = set()
        self._without_position: dict[int, KafkaError] = {}
        self._begun_anew: dict[int, float] = {}
        self._without_partitions_since: float | None = None
        self.joined = False

    def subscribe(self) -> None:
        """Join the group; partitions arrive while polling."""
        self._consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)

    def rejoin(self, consumer: Consumer) -> None:
        """Join the group anew as ``consumer``; of what the former one had nothing is left."""
        if self._owned:
            self._drop(set(self._owned), "partitions_lost")
        self._consumer = consumer
        self.joined = False
        self.subscribe()

    def poll(self, most: int, timeout_s: float) -> list[Message]:
        """Return at most ``most`` records, waiting at most ``timeout_s`` seconds for the first.

        Raises BrokerError when the group fenced or refused us.
        """
        first = self._consumer.poll(timeout_s)
        messages = [] if first is None else [first]
        if messages and most > 1:
            messages += self._consumer.consume(most - 1, timeout=0)
        # In their order: a partition's end may come right behind its records. A rebalance inside consume() can leave
        # records of a revoked partition in what it returns.
        records = []
        read: dict[int, int] = {}
        first_timestamps: dict[int, int] = {}
        for message in messages:
            if message.error() is not None:
                self._hand_out(read)
                self._answer(message)
                continue
            partition, offset = position(message)
            if partition not in self._owned:
                continue
            if partition not in self._published:
                self._published[partition] = offset
            if partition not in first_timestamps:
                first_timestamps[partition] = timestamp(message)
            read[partition] = offset + 1
            records.append(message)
        self._hand_out(read)
        for partition, milliseconds in first_timestamps.items():
            self._ages.note(partition, self._unread[partition], milliseconds)
        self._metrics.received.inc(len(records))
        self._ask_for_ends()
        self._start_at_earliest()
        return records

    @property
    def owned(self) -> set[int]:
        """The partitions that are ours."""
        return self._owned

    def is_finished(self) -> bool:
        """Whether every assigned partition has been read up to the end noted at its assignment.

        Without any, whether that has lasted for a session timeout: then other members have them all.
        """
        if not self._owned:
            # The first turn of a cooperative rebalance often assigns nothing: others must let go first.
            return self._without_partitions_since is not None and (
                self._clock() - self._without_partitions_since >= SESSION_TIMEOUT_MS / 1000
            )
        return all(
            partition in self._ends and self._position.get(partition, -1) >= self._ends[partition]
            for partition in self._owned
        )

    def mark_published(self, offsets: dict[int, int]) -> None:
        """Note that everything before ``offsets`` (partition -> next offset) is published and committed."""
        self._published.update(offsets)

    def published(self) -> dict[int, int]:
        """Return the next offset to publish of every owned partition."""
        return {partition: self._published[partition] for partition in sorted(self._owned & self._published.keys())}

    def reached(self) -> dict[int, int | None]:
        """Return, for every owned partition, the offset before which nothing is left to do; None before its first.

        Unlike :meth:`published` it passes markers and aborted records, once the partition's end has announced them.
        """
        return {partition: self._reached(partition) for partition in self._owned}

    def _reached(self, partition: int) -> int | None:
        published = self._published.get(partition)
        if published is None or self._unread.get(partition, published) > published:
            return published
        return max(published, self._position.get(partition, published))

    def rewind(self, pulse: Callable[[], None], *, ask_broker: bool = False) -> None:
        """Go back to the first unpublished record of every owned partition.

        With ``ask_broker`` to where the group's committed offsets are, for as long as it takes to be told;
        ``pulse`` is called meanwhile.
        """
        for partition in self._owned & self._published.keys():
            if ask_broker:
                while (committed := self._committed(TopicPartition(self._topic, partition))) is None:
                    pulse()
                if committed >= 0:
                    self._published[partition] = committed
            offset = self._published[partition]
            self._go_to(partition, offset)
            self._position[partition] = self._unread[partition] = offset
            self._ages.rewind(partition, offset)
            self._at_end.discard(partition)

    def begin_anew(self, replaced_after: float) -> None:
        """Read a topic that was created anew from its earliest record; everything in hand must be published.

        Partitions that have begun anew since ``replaced_after``, because they ended before the old position, are left
        alone. The group's offsets go back too: they belong to the old topic. Raises BrokerError in mode ``stop``.
        """
        begun = {partition for partition, at in self._begun_anew.items() if at >= replaced_after}
        partitions = sorted(self._owned - begun)
        if not partitions:
            return
        self._lost_records.tell_new_topic(partitions)
        try:
            places = [TopicPartition(self._topic, partition, 0) for partition in partitions]
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as exception:
            self._complain(exception)
        for partition in partitions:
            self._without_position.pop(partition, None)
            self._forget_end(partition)
            self._forget_position(partition)
            self._go_to(partition, OFFSET_BEGINNING)

    def update_lag(self) -> None:
        """Set the lag of every owned partition: records between the last published one and the end, and their age.

        A partition's end counts control markers, so at the end, which the broker announces past them, only
        what was handed out and is not yet published counts. Of a partition of which nothing was read yet, not even
        its end, nothing is known: its age is NaN.
        """
        now = self._wall_clock()
        for partition in self._owned - self._published.keys():
            self._metrics.lag_seconds.labels(self._topic, str(partition)).set(math.nan)
        for partition in self._owned & self._published.keys():
            published = self._published[partition]
            lag = max(0, self._unread.get(partition, published) - published)
            if partition not in self._at_end:
                _, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
                lag = max(lag, end - published)
            self._metrics.lag.labels(self._topic, str(partition)).set(lag)
            age_s = self._ages.age_s(partition, published, lag, now)
            self._metrics.lag_seconds.labels(self._topic, str(partition)).set(age_s)

    def _hand_out(self, read: dict[int, int]) -> None:
        """Note that the records before these offsets, each a partition's, are handed out; forget them in ``read``."""
        self._position |= read
        self._unread |= read
        self._at_end -= read.keys()
        read.clear()

    def _answer(self, message: Message) -> None:
        """Answer what is no record: a partition's end, an error."""
        error = message.error()
        assert error is not None  # noqa: S101 -- the caller has seen it
        code = error.code()
        if code == KafkaError._PARTITION_EOF:  # noqa: SLF001 -- the library's public name
            self._reached_end(message)
        elif code == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            partition = message.partition()
            assert partition is not None  # noqa: S101 -- such an event names its partition, but no offset
            self._without_position[partition] = error
        elif (answer := final(error, "while reading")) is not None:
            raise answer
        else:
            get_logger().warning("kafka_consumer", error=error.name(), detail=error.str())

    def _reached_end(self, message: Message) -> None:
        partition, offset = position(message)
        if partition not in self._owned:
            return
        self._position[partition] = offset
        self._published.setdefault(partition, offset)
        self._at_end.add(partition)

    def _ask_for_ends(self) -> None:
        for partition in list(self._without_end):
            watermarks = self._watermarks(partition)
            if watermarks is None:
                return  # one question is wait enough for one turn
            self._ends[partition] = watermarks[1]
            self._without_end.discard(partition)

    def _start_at_earliest(self) -> None:
        """Answer partitions whose position does not exist: new to the group, or out of range."""
        for partition, error in list(self._without_position.items()):
            here = TopicPartition(self._topic, partition)
            if partition not in self._owned:
                self._without_position.pop(partition)
                continue
            if self._published.get(partition) != self._unread.get(partition):
                continue  # what was read before must be published first: nobody can read it again
            committed = self._committed(here)
            if committed is None:
                return
            if partition in self._position or committed >= 0:
                watermarks = self._watermarks(partition)
                if watermarks is None:
                    return
                gone = self._position.get(partition, committed)
                self._lost_records.tell(partition, gone, watermarks, error.str())
                if gone >= watermarks[0]:
                    self._begun_anew[partition] = self._clock()
                    self._forget_end(partition)
            self._forget_position(partition)
            self._go_to(partition, OFFSET_BEGINNING)
            self._without_position.pop(partition)

    def _forget_position(self, partition: int) -> None:
        for positions in (self._position, self._unread, self._published):
            positions.pop(partition, None)
        self._ages.forget(partition)

    def _forget_end(self, partition: int) -> None:
        """Note the end of a partition anew: another topic's may never be reached."""
        self._at_end.discard(partition)
        if self._stop_at_end:
            self._ends.pop(partition, None)
            self._without_end.add(partition)

    def _go_to(self, partition: int, offset: int) -> None:
        """Read on from ``offset``. Not with seek(): librdkafka seeks only in a partition that it fetches just now."""
        self._consumer.incremental_unassign([TopicPartition(self._topic, partition)])
        self._consumer.incremental_assign([TopicPartition(self._topic, partition, offset)])

    def _committed(self, partition: TopicPartition) -> int | None:
        """Return the group's committed offset (negative for none), or None when the broker does not say now."""
        try:
            return self._consumer.committed([partition], timeout=_ANSWER_S)[0].offset
        except KafkaException as exception:
            self._complain(exception)
            return None

    def _watermarks(self, partition: int) -> tuple[int, int] | None:
        """Return the first offset and the end of a partition, or None when the broker does not say now."""
        try:
            return self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=_ANSWER_S)
        except KafkaException as exception:
            self._complain(exception)
            return None

    def _complain(self, exception: KafkaException) -> None:
        error = kafka_error(exception)
        answer = final(error, "while reading offsets")
        if answer is not None:
            raise answer
        get_logger().warning("kafka_consumer", error=error.name(), detail=error.str())

    def _assigned(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self.joined = True
        new = {partition.partition for partition in partitions}
        self._owned |= new
        if self._stop_at_end:
            self._without_end |= new
        self._tell_rebalance("partitions_assigned", new)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._gone(consumer, partitions, "partitions_revoked")

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._gone(consumer, partitions, "partitions_lost")

    def _gone(self, consumer: Consumer, partitions: list[TopicPartition], event: str) -> None:
        if consumer is self._consumer:  # not a former one that is slow to close
            self._drop({partition.partition for partition in partitions}, event)

    def _drop(self, gone: set[int], event: str) -> None:
        self._on_revoked(gone)
        self._owned -= gone
        self._at_end -= gone
        self._without_end -= gone
        for partition in gone:
            self._forget_position(partition)
            self._ends.pop(partition, None)
            self._begun_anew.pop(partition, None)
            self._metrics.forget_partition(self._topic, partition)
        self._tell_rebalance(event, gone)

    def _tell_rebalance(self, event: str, partitions: set[int]) -> None:
        self._without_partitions_since = None if self._owned else self._clock()
        self._metrics.rebalances.labels(event).inc()
        self._metrics.partitions.set(len(self._owned))
        get_logger().info(event, topic=self._topic, partitions=sorted(partitions), owned=len(self._owned))
