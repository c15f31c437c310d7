"""Errors that a user can cause: one line each, with the exit code of the process."""

from typing import ClassVar


class WarbleError(Exception):
    """An error with a text for the user: what was wrong, what was received, what to do next."""

    exit_code: ClassVar[int] = 1


class UsageError(WarbleError):
    """Bad usage, settings or data file, a taken port, a missing device or engine."""

    exit_code: ClassVar[int] = 2


class BundleError(WarbleError):
    """The bundle is missing, unreadable or does not verify."""

    exit_code: ClassVar[int] = 3


class EngineError(WarbleError):
    """The engine itself is broken: it no longer answers what it answered when it was loaded."""


def escaped(text: str) -> str:
    """Return a text whose author may wish ill with its control characters escaped, so that no terminal obeys them."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(error: BaseException, most: int = 200) -> str:
    """Return an error's type and text in one line of at most ``most`` characters."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
