"""Finding dead letters in their topic."""

from collections import deque
from collections.abc import Collection, Iterator

from confluent_kafka import Consumer

from model.errors import UsageError
from stream import reading
from stream.dead.letter import DeadLetter
from stream.messages.place import Place
from stream.settings import KafkaSettings


def letters(
    consumer: Consumer, kafka: KafkaSettings, spans: dict[int, tuple[int, int]] | None = None
) -> Iterator[DeadLetter]:
    """Yield dead letters, partition by partition in the order of their offsets.

    spans: partition to the first offset and the one to stop before; default: all that is there now.
    """
    topic = kafka.dead_letter_topic
    spans = reading.ends(consumer, topic) if spans is None else spans
    for messages in reading.until_end(consumer, topic, spans, patience_s=kafka.connect_timeout_s):
        yield from map(DeadLetter.read, messages)


def listed(kafka: KafkaSettings, reasons: Collection[str], most: int | None) -> Iterator[DeadLetter]:
    """Yield the dead letters of ``reasons`` (empty: of all); with ``most`` only the newest, oldest first.

    Raises BrokerError.
    """
    with reading.opened(kafka, f"{kafka.group_id}-dead", [kafka.dead_letter_topic]) as consumer:
        found = (letter for letter in letters(consumer, kafka) if not reasons or letter.reason in reasons)
        if most is None:
            yield from found
            return
        # Partitions come one after the other, so the newest of each are compared at the end.
        by_partition: dict[int, deque[DeadLetter]] = {}
        for letter in found:
            by_partition.setdefault(letter.place.partition, deque(maxlen=most)).append(letter)
        yield from sorted((letter for kept in by_partition.values() for letter in kept), key=_age)[-most:]


def shown(kafka: KafkaSettings, wanted: Place) -> list[DeadLetter]:
    """Return the dead letter at ``wanted``, or those whose original record lay there.

    Raises UsageError when there is none, BrokerError.
    """
    with reading.opened(kafka, f"{kafka.group_id}-dead", [kafka.dead_letter_topic]) as consumer:
        if wanted.topic == kafka.dead_letter_topic:
            found = _at(consumer, kafka, wanted)
        else:
            found = [letter for letter in letters(consumer, kafka) if letter.source == str(wanted)]
    if not found:
        raise UsageError(
            f"no dead letter at or from {wanted} in topic '{kafka.dead_letter_topic}': see 'warble dead list'"
        )
    return found


def _at(consumer: Consumer, kafka: KafkaSettings, wanted: Place) -> list[DeadLetter]:
    low, high = reading.ends(consumer, wanted.topic).get(wanted.partition, (0, 0))
    if not low <= wanted.offset < high:
        return []
    return list(letters(consumer, kafka, {wanted.partition: (wanted.offset, wanted.offset + 1)}))


def _age(letter: DeadLetter) -> tuple[int, int, int]:
    return letter.source_timestamp_ms or 0, letter.place.partition, letter.place.offset
