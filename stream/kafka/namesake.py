"""Whether a member that the group calls fenced has a live namesake, or only a ghost of its own."""

import re
import time
import warnings
from collections.abc import Callable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stream.errors import FencedMemberError
from stream.kafka.errors import final, kafka_error
from stream.kafka.properties import client_properties, session_timeout_s
from stream.logs import get_logger, kafka_logger
from stream.settings import KafkaSettings

_EVERY_S = 0.5
_ANSWER_S = 2.0
_UUID = "-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MARGIN_S = 5.0
"""More than the group needs, once a session is over, to put out a member and say so."""


class Namesake:
    """Looks whether the group still has a member of this worker's name.

    A join whose answer was lost, as with the broker that sent it, leaves a ghost behind: the group counts it in, gives
    its member id to nobody and calls the worker fenced. A ghost sends no heartbeats, so that its session runs out; a
    live worker's does not. The group tells nothing else by which to know them apart.

    clock: seconds that only grow; pause: lets some of them pass.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._kafka = kafka
        self._clock = clock
        self._pause = pause
        self._patience_s = session_timeout_s(kafka) + _MARGIN_S

    def outlast(self, fence: FencedMemberError, pulse: Callable[[], None], is_stopping: Callable[[], bool]) -> None:
        """Return once the name is free, or when a stop is asked for.

        ``pulse`` is called every few seconds. Raises ``fence`` when somebody still has the name after a session's time,
        and BrokerError for what cannot heal. Without an answer it keeps asking.
        """
        client = AdminClient(client_properties(self._kafka), logger=kafka_logger())
        deadline: float | None = None
        while not is_stopping():
            pulse()
            taken = self._is_taken(client)
            if taken is False:
                return
            if taken:
                deadline = deadline or self._clock() + self._patience_s
                if self._clock() >= deadline:
                    raise fence
            self._pause(_EVERY_S)

    def _is_taken(self, client: AdminClient) -> bool | None:
        """Return whether a member has the name, or None when the broker does not say now.

        With ``list_groups``, which is old and blocks: librdkafka's ``describe_consumer_groups`` may abort the process
        when a coordinator goes away (its issues 4605 and 5397).
        """
        group = self._kafka.group_id
        try:
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                found = client.list_groups(group, timeout=_ANSWER_S)
        except KafkaException as exception:
            error = kafka_error(exception)
            answer = final(error, "while asking who has this worker's name")
            if answer is not None:
                raise answer from None
            get_logger().warning("kafka_admin", error=error.name(), detail=error.str())
            return None
        groups = [one for one in found if one.id == group and one.error is None]
        return any(self._is_ours(str(member.id)) for one in groups for member in one.members) if groups else None

    def _is_ours(self, member_id: str) -> bool:
        """Know a static member by its id, which the broker makes of its name and a UUID."""
        return re.fullmatch(re.escape(self._kafka.instance_id) + _UUID, member_id) is not None
