"""JSON from a bundle: strict, and with one meaning only."""

import json
from typing import Any

import orjson

from model.bundle.refused import RefusedError


def parse_json(name: str, content: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a file of the bundle.

    Raises RefusedError for what is no JSON, and for an object that has a name twice: which of the two counts is up to
    the parser, so a reader could be shown another file than the one that is loaded.
    """
    try:
        parsed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise RefusedError(f"{name} is no valid JSON: {error.msg} at character {error.pos}") from None
    try:
        # Nothing is built; numbers are left as they are, since their conversion alone could take minutes.
        json.loads(content, object_pairs_hook=_unique, parse_int=_nothing, parse_float=_nothing)
    except _TwiceError as error:
        raise RefusedError(f"{name} has the name {error.args[0]!r} twice in one object") from None
    except RecursionError:
        raise RefusedError(f"{name} is nested too deeply") from None
    return parsed


class _TwiceError(Exception):
    """An object has a name twice."""


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise _TwiceError(name[:100])
            seen.add(name)


def _nothing(_: str) -> None:
    pass
