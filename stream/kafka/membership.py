"""Whether the group still counts this worker in."""

from collections.abc import Callable, Iterable

from confluent_kafka import Consumer, KafkaError, KafkaException

from stream.kafka.bounded import HungError, commit_offsets
from stream.kafka.delivery import RewindError, first_offsets
from stream.kafka.errors import final, in_words, kafka_error
from stream.messages.outgoing import Outgoing

_DOING = "while asking the group whether this worker is still a member"


def prove_membership(
    consumer: Consumer, topic: str, outcomes: Iterable[Outgoing], *, timeout_s: float, pulse: Callable[[], None]
) -> None:
    """Commit the offsets at which ``outcomes`` begin, which are the committed ones already.

    Only a member of the present generation may, so nobody else has these partitions or this worker's name. Raises
    RewindError where the answer is no, or none comes within ``timeout_s`` seconds: the next poll tells more.
    """
    try:
        commit_offsets(consumer, topic, first_offsets(outcomes), timeout_s, pulse)
    except HungError as hung:
        raise RewindError(f"{_DOING}: {hung}") from None
    except KafkaException as exception:
        error = kafka_error(exception)
        answer = final(error, _DOING)
        # A member that is back under a new id hears that it is fenced, too. One that is hears it from its next poll.
        if answer is None or error.code() == KafkaError.FENCED_INSTANCE_ID:
            raise RewindError(f"{_DOING}: {in_words(error)}") from None
        raise answer from None
