"""A result as a line: coloured for a terminal, JSON for a pipe."""

from typing import Any

import orjson
from confluent_kafka import Message
from rich.text import Text

from stream.messages.place import position
from stream.terminal import printable, style_of

_LABEL_WIDTH = 12
_ID_WIDTH = 20


def json_line(value: bytes | None) -> bytes | None:
    """Return a result's value as one line of JSON, unchanged where it is one; None when it is no JSON object."""
    result = _result(value)
    if value is None or result is None:
        return None
    return orjson.dumps(result) if b"\n" in value else value


def terminal_line(message: Message) -> Text | None:
    """Return a result for a person: label, score, id and, where it is included, the tweet; None for no result."""
    result = _result(message.value())
    if result is None or "label" not in result:
        return None
    label = printable(str(result["label"]))
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{label:<{_LABEL_WIDTH}}", style=f"bold {style_of(label)}")
    score = result.get("score")
    line.append(f" {score:.2f} " if isinstance(score, float | int) else "    - ")
    line.append(f" {printable(str(result.get('id', '')))[:_ID_WIDTH]:<{_ID_WIDTH}}", style="dim")
    if result.get("empty"):
        line.append(" (empty)", style="dim italic")
    if isinstance(result.get("text"), str):
        line.append(" " + printable(result["text"]))
    else:
        partition, offset = position(message)
        source = result.get("source", {})
        if isinstance(source, dict):
            partition, offset = source.get("partition", partition), source.get("offset", offset)
        line.append(f" partition {partition} offset {offset}", style="dim")
    return line


def _result(value: bytes | None) -> dict[str, Any] | None:
    try:
        result = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    return result if isinstance(result, dict) else None
