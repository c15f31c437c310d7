"""A preset as the TOML file that it could have been read from."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from training.presets.schema import Preset


def to_toml(preset: Preset, comment: str) -> str:
    """Write a preset, below a comment; :func:`training.presets.preset.load_preset` reads the same preset from it."""
    lines = [f"# {line}" for line in comment.splitlines()]
    return "\n".join([*lines, *_table(preset.model_dump(mode="json"), "")]) + "\n"


def _table(values: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Yield the lines of a table: its own values first, since whatever follows a header belongs to that."""
    for key, value in values.items():
        if not isinstance(value, dict) and not _is_tables(value):
            yield f"{key} = {_scalar(value)}"
    for key, value in values.items():
        if isinstance(value, dict):
            yield from ("", f"[{prefix}{key}]")
            yield from _table(value, f"{prefix}{key}.")
        elif _is_tables(value):
            for part in value:
                yield from ("", f"[[{prefix}{key}]]")
                yield from _table(part, f"{prefix}{key}.")


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # A basic string's escapes are JSON's, but for one control character that JSON leaves as it is.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_scalar, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")
