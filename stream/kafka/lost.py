"""Positions that no longer exist: what is lost, and whether to go on."""

from collections.abc import Sequence
from typing import Literal

from stream.errors import BrokerError
from stream.logs import get_logger
from stream.metrics import Metrics

OnLost = Literal["resume", "stop"]

_RESUME = "start once with WARBLE_KAFKA__ON_LOST_RECORDS=resume to go on from the earliest record"


class LostRecords:
    """Says loudly that unread records are gone, and stops the worker where the operator wants that.

    Retention and deletion by hand move a partition's first offset past the position: their number is known. A topic
    that was deleted and created again, or a broker that lost records, ends before it: nobody knows how many.
    """

    def __init__(self, topic: str, on_lost: OnLost, metrics: Metrics) -> None:
        self._topic = topic
        self._on_lost = on_lost
        self._metrics = metrics

    def tell(self, partition: int, position: int, watermarks: tuple[int, int], detail: str) -> None:
        """Log and count that ``position`` no longer exists in a partition. Raises BrokerError in the mode ``stop``.

        watermarks: the partition's first offset and its end, as they are now.
        """
        low, high = watermarks
        lost = low - position if position < low else None
        self._metrics.out_of_range.inc()
        self._metrics.records_lost.inc(lost or 0)
        get_logger().error(
            "offset_out_of_range",
            topic=self._topic,
            partition=partition,
            position=position,
            low=low,
            high=high,
            lost=lost if lost is not None else "unknown",
            detail=detail,
            action="resumes at the earliest record" if self._on_lost == "resume" else "stops",
        )
        if self._on_lost == "resume":
            return
        here = f"{self._topic}/{partition}"
        what = (
            f"{lost} records of {here} were deleted before they were read: the next one was {position}, the first one "
            f"left is {low}"
            if lost is not None
            else f"position {position} of {here} is gone, it now holds {low} to {high}: the topic was created anew, or "
            "a broker lost records"
        )
        raise BrokerError(
            f"{what}: nothing past it is committed; set the group's offset by hand (kafka-consumer-groups.sh "
            f"--reset-offsets), or {_RESUME}"
        )

    def tell_new_topic(self, partitions: Sequence[int]) -> None:
        """Log and count that the topic was created anew under these partitions. Raises BrokerError in mode ``stop``."""
        self._metrics.out_of_range.inc(len(partitions))
        get_logger().error(
            "input_topic_recreated",
            topic=self._topic,
            partitions=partitions,
            detail="what the old topic held beyond the last results is lost",
            action="begins at the earliest record" if self._on_lost == "resume" else "stops",
        )
        if self._on_lost == "stop":
            raise BrokerError(
                f"the input topic '{self._topic}' was deleted and created anew while the worker read it: what the old "
                f"one held beyond the last results is lost; {_RESUME}"
            )
