"""One run of ``warble produce``: read, pace, send, wait for the broker's word, report."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from confluent_kafka import KafkaException, Producer
from rich.console import Console

from model.errors import UsageError
from stream import reading
from stream.errors import BrokerError
from stream.interrupt import Interrupt, Interrupted
from stream.kafka.connect import Complaints, refused_properties
from stream.kafka.properties import producer_properties
from stream.logs import kafka_logger
from stream.producing.envelope import envelope
from stream.producing.pace import Pace
from stream.producing.progress import watching
from stream.producing.records import Layout, Record, records
from stream.producing.sender import Sender
from stream.producing.source import check_encoding, opened
from stream.settings import Settings

MESSAGE_TIMEOUT_MS = 60_000
"""How long the broker may take to acknowledge a record before it counts as failed."""
LAST_WAIT_S = MESSAGE_TIMEOUT_MS / 1_000 + 5
"""How long the end waits for open answers; librdkafka has given up on each before."""
INTERRUPTED_WAIT_S = 10.0
"""How long an interrupted run waits for open answers."""
_POLL_S = 0.1


def produce_file(settings: Settings, file_name: str, layout: Layout, topic: str, rate: float | None) -> str:
    """Send a file to a topic; return the closing line.

    file_name: its path, or - for standard input. rate: records a second; None sends as fast as the broker takes them.
    Raises UsageError for a file that cannot be read as ``layout`` says (what came before it is sent and counted),
    BrokerError when a record was not acknowledged.
    """
    check_encoding(layout.encoding)
    interrupt = Interrupt()
    with opened(file_name) as (file, size):
        meter = _Meter(file)
        found = records(interrupt.reading(meter.readline), layout, envelope(settings.input))
        # A file that is wrong from its start is refused before a broker is asked.
        first = next(found)
        sender = Sender(_producer(settings, topic), topic)
        complaint: UsageError | None = None
        with interrupt.on_signals(), watching(Console(stderr=True), layout.name, size, time.monotonic) as watch:

            def tick() -> None:
                watch(sender, meter.read_bytes)

            try:
                _send(chain([first], found), sender, rate, interrupt, tick)
            except UsageError as error:
                complaint = error
            wait = INTERRUPTED_WAIT_S if interrupt.set else LAST_WAIT_S
            sender.finish(deadline=time.monotonic() + wait, clock=time.monotonic, tick=tick)
    return _report(sender, layout.name, topic, complaint, interrupted=interrupt.set)


class _Meter:
    """Counts the bytes that have been read of a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read_bytes = 0

    def readline(self, limit: int) -> bytes:
        content = self._file.readline(limit)
        self.read_bytes += len(content)
        return content


def _producer(settings: Settings, topic: str) -> Producer:
    # A consumer looks for the topic first: a producer's question may create it.
    with reading.opened(settings.kafka, f"{settings.kafka.group_id}-produce", [topic]):
        pass
    properties = {
        **producer_properties(settings.kafka),
        # Throughput counts here, not the latency of one record.
        "linger.ms": settings.kafka.properties.get("linger.ms", "20"),
        "message.timeout.ms": MESSAGE_TIMEOUT_MS,
        "error_cb": Complaints("producer"),
    }
    try:
        return Producer(properties, logger=kafka_logger())
    except KafkaException as exception:
        raise refused_properties(exception) from None


def _send(
    found: Iterator[Record], sender: Sender, rate: float | None, interrupt: Interrupt, tick: Callable[[], None]
) -> None:
    pace = None if rate is None else Pace(rate, time.monotonic)
    try:
        for record in found:
            while pace is not None and not interrupt.set and (wait := pace.wait()) > 0:
                sender.poll(min(wait, _POLL_S))
                tick()
            while not interrupt.set and not sender.refused and not sender.offer(record):
                sender.poll(_POLL_S)
                tick()
            if interrupt.set or sender.refused:
                return
            if pace is not None:
                pace.sent()
            sender.poll(0)
            tick()
    except Interrupted:
        return


def _report(sender: Sender, name: str, topic: str, complaint: UsageError | None, *, interrupted: bool) -> str:
    counts = f"{sender.acknowledged} of {sender.sent} records acknowledged by the broker, topic {topic}"
    if interrupted:
        counts = f"interrupted before the end of {name}: {counts}"
    if sender.failed:
        errors = ", ".join(f"{count} x {error}" for error, count in sender.failures.most_common())
        more = f"; and {sender.failed - len(sender.named)} more" if sender.failed > len(sender.named) else ""
        also = f"; {complaint}" if complaint else ""
        raise BrokerError(f"{counts}; failed: {errors} ({'; '.join(sender.named)}{more}){also}")
    if complaint:
        raise UsageError(f"{complaint}; before that, {counts}")
    return counts
