"""A dead letter as read from its topic."""

import base64
import re
from typing import Any, NamedTuple

from confluent_kafka import Message

from stream.messages.outgoing import HEADER_PREFIX
from stream.messages.place import Place
from stream.messages.result import rfc3339

Headers = list[tuple[str, bytes | None]]

_REASON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What a worker writes as a reason, also one that this version does not know; it becomes part of a group's name."""


class DeadLetter(NamedTuple):
    """A record that could not be labelled, with the reason that its headers give."""

    place: Place
    key: bytes | None
    value: bytes | None
    headers: Headers
    reason: str | None
    """None on a record that no worker wrote."""
    detail: str
    source: str
    source_timestamp_ms: int | None
    truncated: str
    """What was left behind to make it fit, '' when it is whole."""

    @classmethod
    def read(cls, message: Message) -> "DeadLetter":
        """Read a record of the dead-letter topic; where a header is repeated, the worker's own is the last."""
        headers: Headers = [(name, _bytes(value)) for name, value in _pairs(message.headers())]
        own = {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
        reason = own.get("warble-reason", "")
        timestamp = own.get("warble-source-timestamp", "")
        return cls(
            place=Place.of(message),
            key=message.key(),
            value=message.value(),
            headers=headers,
            reason=reason if _REASON.fullmatch(reason) else None,
            detail=own.get("warble-detail", ""),
            source=own.get("warble-source", ""),
            source_timestamp_ms=int(timestamp) if re.fullmatch(r"[0-9]{1,15}", timestamp) else None,
            truncated=own.get("warble-truncated", ""),
        )

    @property
    def original_headers(self) -> Headers:
        """The headers that the record had before it died."""
        return [(name, value) for name, value in self.headers if not name.startswith(HEADER_PREFIX)]

    @property
    def source_time(self) -> str:
        """The original record's timestamp, RFC 3339, '' when it is unknown or no date."""
        try:
            return rfc3339(self.source_timestamp_ms / 1000) if self.source_timestamp_ms else ""
        except (OverflowError, ValueError):
            return ""

    def summary(self) -> dict[str, Any]:
        """Return what a list shows, as JSON-able data."""
        return {
            "letter": str(self.place),
            "reason": self.reason,
            "detail": self.detail,
            "source": self.source,
            "source_time": self.source_time,
            "truncated": self.truncated,
            **_readable("key", self.key),
            "value_bytes": None if self.value is None else len(self.value),
        }

    def full(self) -> dict[str, Any]:
        """Return everything, as JSON-able data; bytes that are not UTF-8 as base64 under NAME_base64."""
        return {
            **self.summary(),
            **_readable("value", self.value),
            "headers": [{"name": name, **_readable("value", value)} for name, value in self.original_headers],
        }


def _pairs(headers: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 -- the library's type allows three shapes
    return list(headers.items() if isinstance(headers, dict) else headers or ())


def _bytes(value: Any) -> bytes | None:  # noqa: ANN401
    return value.encode() if isinstance(value, str) else value


def _readable(name: str, value: bytes | None) -> dict[str, str | None]:
    try:
        return {name: None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value or b"").decode()}
