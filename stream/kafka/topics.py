"""Notice that a topic was deleted, or that the input topic was created anew under its name."""

from collections.abc import Callable

from stream.errors import BrokerError
from stream.kafka.questions import MISSING, Identities
from stream.logs import get_logger
from stream.settings import KafkaSettings

_ASK_EVERY_S = 1.0
_MISSING_FOR_S = 10.0
"""A broker may not know for a moment what another one has just created."""


class Topics:
    """Watches the ids of the worker's topics: only its id tells a topic from its successor.

    The client tells nothing. Of an input topic created anew it would read on from the old position, as soon as the new
    one has grown past that, and pass over everything before; to an output topic that is gone it tries to publish for
    minutes.

    ask: sends the question. clock: seconds that only grow.
    """

    def __init__(self, kafka: KafkaSettings, ask: Callable[[], Identities], clock: Callable[[], float]) -> None:
        self._input = kafka.input_topic
        self._topics = (kafka.input_topic, kafka.output_topic, kafka.dead_letter_topic)
        self._ask = ask
        self._clock = clock
        self._ask_due = self._asked_at = self._known_at = clock()
        self._answer: Identities | None = None
        self._id: str | None = None
        self._former: set[str] = set()
        self._missing_since: dict[str, float] = {}
        self._replaced_after: float | None = None

    def check(self) -> None:
        """Take an answer, ask again; called every turn and while the broker is waited for.

        Raises BrokerError once a topic has been missing for a while.
        """
        now = self._clock()
        if self._answer is not None and self._answer.are_here():
            answer, self._answer = self._answer, None
            for topic in self._topics:
                self._look_for(topic, answer.id_of(topic), now)
            self._compare(answer.id_of(self._input))
        if self._answer is None and now >= self._ask_due:
            self._ask_due = now + _ASK_EVERY_S
            self._asked_at = now
            self._answer = self._ask()

    def replaced_after(self) -> float | None:
        """Return None while the input topic is the same; once it is not, the time at which it last was, only once."""
        after, self._replaced_after = self._replaced_after, None
        return after

    def _look_for(self, topic: str, heard: str | None, now: float) -> None:
        if heard != MISSING:
            self._missing_since.pop(topic, None)
            return
        if topic not in self._missing_since:
            get_logger().warning("topic_missing", topic=topic)
        if now - self._missing_since.setdefault(topic, now) >= _MISSING_FOR_S:
            raise BrokerError(
                f"a topic is missing: '{topic}' was deleted while the worker ran: create it and start again, Warble "
                "creates no topics; nothing is committed that is not published"
            )

    def _compare(self, heard: str | None) -> None:
        if heard is None or heard == MISSING or heard in self._former:
            return  # ids never come back: such an answer is an old one, from a broker that lags behind
        known, self._id = self._id, heard
        known_at, self._known_at = self._known_at, self._asked_at
        if known is not None and known != heard:
            self._former.add(known)
            self._replaced_after = known_at
