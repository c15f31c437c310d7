"""Requests that a Kafka client has given up, and that may still arrive."""

from stream.logs import kafka_logger

_TIMED_OUT = "REQTMOUT"
_BROKE_DOWN = ("FAIL", "in state UP")


class LateRequests:
    """Takes a client's log lines (``logger=``), hands them on, and notes whether a request of it may be late.

    That is so after a time-out, and after a working connection broke down: what was sent over it may wait in a buffer
    on the way. librdkafka sends such requests again by itself and says so nowhere but in its log.
    """

    def __init__(self) -> None:
        self.possible = False
        """Whether a request may be late."""

    def log(self, level: int, text: str, *arguments: object) -> None:
        """Take one line: a level of ``logging``, ``"%s [%s] %s"``, and the facility, the client's name and the line."""
        facility, _, line = map(str, arguments)
        if facility == _TIMED_OUT or (facility == _BROKE_DOWN[0] and _BROKE_DOWN[1] in line):
            self.possible = True
        kafka_logger().log(level, text, *arguments)
