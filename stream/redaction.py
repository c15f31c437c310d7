"""The last guard of secrets: whatever this process writes to stderr, no secret of its settings is in it.

librdkafka masks most of what is secret in its own words; a token endpoint's URL with a password in it, it does not.
"""

import json
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Final

MASK: Final = "********"

_hidden: tuple[str, ...] = ()


def hide(secrets: Iterable[str]) -> None:
    """Have these texts masked from now on, in place of those of an earlier call."""
    global _hidden  # noqa: PLW0603 -- stderr, which it guards, is one a process
    texts = {form for secret in secrets for form in _forms(secret) if form}
    _hidden = tuple(sorted(texts, key=len, reverse=True))  # a secret may hold another


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it may be written: as it is, quoted by Python (as in most exceptions), and both in JSON."""
    for form in (secret, repr(secret)[1:-1]):
        yield form
        yield json.dumps(form)[1:-1]


def redacted(text: str) -> str:
    """Return the text with every hidden one masked, also where it was escaped."""
    for secret in _hidden:
        text = text.replace(secret, MASK)
    return text


def print_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nobody caught, a bug (``sys.excepthook``)."""
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))
