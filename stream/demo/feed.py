"""The paced producer of the demo."""

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

from confluent_kafka import KafkaError, Message, Producer

from stream.demo.samples import Fed
from stream.kafka.properties import producer_properties
from stream.logs import kafka_logger
from stream.producing.pace import Pace
from stream.settings import KafkaSettings

_LAST_WAIT_S = 5.0


class Feed:
    """Sends records at a rate, in a thread of its own, until it is stopped.

    clock: seconds, monotonic.
    """

    def __init__(
        self, kafka: KafkaSettings, records: Iterator[Fed], rate: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._producer = Producer(producer_properties(kafka), logger=kafka_logger())
        self._topic = kafka.input_topic
        self._records = records
        self._pace = Pace(rate, clock)
        self._stop = Event()
        self._thread = Thread(target=self._run, name="feed", daemon=True)
        self.acknowledged = 0
        self.failed = 0
        self.broken = 0

    @property
    def is_running(self) -> bool:
        """Whether records flow."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the broker's answers."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        for record in self._records:
            while not self._stop.is_set() and (wait := self._pace.wait()) > 0:
                self._producer.poll(min(wait, 0.1))
            if self._stop.is_set():
                break
            try:
                self._producer.produce(self._topic, record.value, record.key, on_delivery=self._delivered)
            except BufferError:
                # The broker does not keep up; this sample is missed, the rate is not made up for.
                self._producer.poll(0.1)
                continue
            self.broken += record.is_broken
            self._pace.sent()
        self._producer.flush(_LAST_WAIT_S)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.failed += 1
