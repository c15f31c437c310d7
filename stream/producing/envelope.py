"""The value that carries a bare text in the format that the worker reads."""

from collections.abc import Callable
from typing import Any

import orjson

from stream.settings import InputSettings


def envelope(settings: InputSettings) -> Callable[[str, str], bytes]:
    """Return the function that turns an id and a text into the value of a record."""
    if settings.format == "text":
        return lambda _id, text: text.encode()
    id_path, text_path = {
        "json": (settings.id_field, settings.text_field),
        "twitter-v1": ("id_str", "full_text"),
        "twitter-v2": ("data.id", "data.text"),
    }[settings.format]

    def wrap(tweet_id: str, text: str) -> bytes:
        value: dict[str, Any] = {}
        _set(value, id_path, tweet_id)
        _set(value, text_path, text)
        return orjson.dumps(value)

    return wrap


def _set(value: dict[str, Any], path: str, item: str) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        value = value.setdefault(parent, {})
    value[last] = item
