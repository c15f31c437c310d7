"""Calls into the Kafka client that may never come back."""

import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread

from confluent_kafka import Consumer, TopicPartition

_SLICE_S = 1.0


class HungError(Exception):
    """A call did not come back; its thread stays behind, asleep in the client."""


def bounded(
    call: Callable[[], object],
    timeout_s: float,
    pulse: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Make ``call`` in a thread of its own and wait for it, at most ``timeout_s`` seconds.

    ``meanwhile`` is called once, before the wait; ``pulse`` about once a second during it. Raises what the call raised,
    or HungError.

    librdkafka's ``send_offsets_to_transaction`` does not keep its timeout, and hangs for good when the group's
    coordinator left the cluster meanwhile (its issues 5456 and 5511).
    """
    answers: SimpleQueue[Exception | None] = SimpleQueue()

    def answer() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 -- handed to the thread that waits
            answers.put(error)
        else:
            answers.put(None)

    Thread(target=answer, name="bounded-call", daemon=True).start()
    meanwhile()
    deadline = clock() + timeout_s
    while True:
        try:
            error = answers.get(timeout=min(_SLICE_S, timeout_s))
        except Empty:
            pulse()
            if clock() >= deadline:
                raise HungError(f"no answer within {timeout_s:g} s") from None
        else:
            break
    if error is not None:
        raise error


def commit_offsets(
    consumer: Consumer, topic: str, offsets: Mapping[int, int], timeout_s: float, pulse: Callable[[], None]
) -> None:
    """Commit ``offsets`` (partition to next offset) as a member of the group, bounded like any call.

    A silent coordinator keeps librdkafka waiting for a minute, deaf to a stop. Raises KafkaException and HungError.
    """
    positions = [TopicPartition(topic, *position) for position in offsets.items()]
    bounded(lambda: consumer.commit(offsets=positions, asynchronous=False), timeout_s, pulse)
