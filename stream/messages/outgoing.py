"""The one outcome of an input record: a result, or a dead letter that shrinks until its topic takes it."""

from typing import Final

from confluent_kafka import Message

from stream.messages.place import Place, timestamp
from stream.messages.reasons import Reason

Headers = list[tuple[str, str | bytes | None]]

NO_LABEL: Final = -1
"""Of a dead letter."""
TRACEPARENT: Final = "traceparent"
_TRACE_HEADERS: Final = frozenset({TRACEPARENT, "tracestate"})
"""Of W3C Trace Context; the second belongs to the first."""
HEADER_PREFIX: Final = "warble-"
_SMALLER: Final = ("", "headers", "headers,value", "headers,value,key")


class Outgoing:
    """What becomes of one input record.

    It starts as a result or as a dead letter. :meth:`shrink` answers a topic that calls it too large: a result
    becomes a dead letter, a dead letter goes on without the copied headers, then without its value, at last
    without its key, flagged with the header ``warble-truncated``.
    """

    __slots__ = ("_cut", "detail", "empty", "label", "reason", "record", "result", "timestamp", "traceparent")

    def __init__(
        self,
        record: Message,
        *,
        result: bytes | None = None,
        label: int = NO_LABEL,
        empty: bool = False,
        reason: Reason | None = None,
        detail: str = "",
    ) -> None:
        self.record = record
        self.timestamp = timestamp(record)
        """In milliseconds since the epoch; 0 lets the producer set one."""
        self.result = result
        self.label = label
        self.empty = empty
        self.reason = reason
        self.detail = detail
        self.traceparent: bytes | None = None
        """Where it is traced: the context that takes the place of the record's own."""
        self._cut = 0

    @property
    def cut(self) -> str:
        """What the dead letter had to leave behind, as in its header ``warble-truncated``; '' if nothing."""
        return _SMALLER[self._cut]

    def shrink(self, detail: str) -> bool:
        """Go on as the next smaller dead letter; False when there is none left."""
        if self.result is not None:
            self.result = None
            self.label = NO_LABEL
            self.empty = False
            self.reason = Reason.TOO_LARGE
            self.detail = detail
            return True
        if self._cut + 1 == len(_SMALLER):
            return False
        self._cut += 1
        return True

    def fields(self) -> tuple[bytes | None, bytes | None, Headers | None, int]:
        """Return key, value, headers and timestamp at once: asked for one by one they cost twice the time."""
        if self.result is None or self.traceparent is not None:
            return self.key, self.value, self.headers, self.timestamp
        headers = self.record.headers()
        assert not isinstance(headers, dict)  # noqa: S101 -- a received record's headers are a list
        return self.record.key(), self.result, headers, self.timestamp

    @property
    def key(self) -> bytes | None:
        """The record's key, unless even that was too much."""
        return self.record.key() if self._cut < _SMALLER.index("headers,value,key") else None

    @property
    def value(self) -> bytes | None:
        """The result, or the original value of a dead letter."""
        if self.result is not None:
            return self.result
        return self.record.value() if self._cut < _SMALLER.index("headers,value") else None

    @property
    def headers(self) -> Headers | None:
        """The record's own headers and, on a dead letter, what explains it."""
        own = self.record.headers()
        assert not isinstance(own, dict)  # noqa: S101 -- a received record's headers are a list
        if self.traceparent is not None:
            own = [pair for pair in own or () if pair[0] not in _TRACE_HEADERS]
            own.append((TRACEPARENT, self.traceparent))
        if self.result is not None:
            return own
        copied: Headers = [] if self._cut or own is None else list(own)
        copied += [
            ("warble-reason", str(self.reason).encode()),
            ("warble-detail", self.detail.encode("utf-8", "replace")),
            ("warble-source", str(Place.of(self.record)).encode()),
            ("warble-source-timestamp", str(self.timestamp).encode()),
        ]
        if self._cut:
            copied.append(("warble-truncated", self.cut.encode()))
        return copied
