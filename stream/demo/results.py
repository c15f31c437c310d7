"""Reading back what the worker published, as any consumer would."""

import time
from collections.abc import Callable

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from stream import reading
from stream.dead.letter import DeadLetter
from stream.demo.tally import Dead, Labelled, Tally
from stream.settings import KafkaSettings


class Results:
    """Reads the output and the dead-letter topic from their beginning into a tally.

    now_ms: the wall clock that record timestamps follow, in milliseconds.
    """

    def __init__(
        self,
        consumer: Consumer,
        kafka: KafkaSettings,
        tally: Tally,
        now_ms: Callable[[], float] = lambda: time.time() * 1_000,
    ) -> None:
        self._output = kafka.output_topic
        self._tally = tally
        self._now_ms = now_ms
        consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in (kafka.output_topic, kafka.dead_letter_topic)
                for partition in reading.ends(consumer, topic)
            ]
        )
        self._batches = reading.follow(consumer)

    def read(self) -> None:
        """Take what has come, waiting a moment for it. Raises BrokerError."""
        for message in next(self._batches):
            if message.topic() == self._output:
                self._tally.add_labelled(_labelled(message), self._now_ms() - message.timestamp()[1])
            else:
                letter = DeadLetter.read(message)
                self._tally.add_dead(Dead(letter.reason or "", letter.detail))


def _labelled(message: Message) -> Labelled:
    result = orjson.loads(message.value() or b"")
    return Labelled(result["label"], result["score"], result["text"])
