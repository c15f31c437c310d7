"""Lines from a stream of bytes, in chunks: bounded memory, and no waiting for more while some are there."""

import os
import select
from collections.abc import Callable, Iterator

from model.errors import UsageError

_READ_BYTES = 64 * 1024

Line = bytes | None
"""A line without its end, or None in place of one that was too long to keep."""


def ready(source: int) -> bool:
    """Say whether reading a file descriptor would return at once."""
    return bool(select.select([source], [], [], 0)[0])


def _read(source: int) -> bytes:
    try:
        return os.read(source, _READ_BYTES)
    except OSError as error:
        raise UsageError(f"the input could not be read: {error.strerror}: give a file or a pipe") from None


def read_chunks(
    source: int,
    *,
    max_lines: int,
    max_bytes: int,
    is_ready: Callable[[int], bool] = ready,
) -> Iterator[list[Line]]:
    r"""Yield lists of lines, each list as soon as it is full or the source pauses.

    Lines end at ``\n`` only (a tweet may hold ``\x0b``, ``\x85`` or U+2028); one ``\r`` before it is dropped.
    max_lines: of a chunk. max_bytes: of a line; a longer one is passed over and stands as None.
    Raises UsageError for a source that cannot be read: closed, or open for writing only.
    """
    chunk: list[Line] = []
    held = 0
    rest = bytearray()
    too_long = False

    def keep(part: bytes) -> None:
        nonlocal too_long
        too_long = too_long or len(rest) + len(part) > max_bytes
        if too_long:
            rest.clear()
        else:
            rest.extend(part)

    def end() -> None:
        nonlocal too_long, held
        chunk.append(None if too_long else bytes(rest.removesuffix(b"\r")))
        held += len(rest)
        rest.clear()
        too_long = False

    while data := _read(source):
        *ended, last = data.split(b"\n")
        for part in ended:
            keep(part)
            end()
            if len(chunk) >= max_lines or held >= max_bytes:
                yield chunk
                chunk, held = [], 0
        keep(last)
        if chunk and not is_ready(source):
            yield chunk
            chunk, held = [], 0
    if rest or too_long:
        end()
    if chunk:
        yield chunk
