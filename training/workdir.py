"""Where a run keeps what it must not lose when it is killed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.errors import UsageError

_LOCK = "lock"


def beside(out: Path) -> Path:
    """Name the default: the bundle's directory with ``.work`` appended."""
    return out.with_name(f"{out.name}.work")


@contextmanager
def locked(directory: Path, option: str = "--work-dir") -> Iterator[None]:
    """Keep other runs out of a directory; a killed run's lock is gone with it.

    option: what the user may change to have another directory.
    Raises UsageError if another run is in there, or the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / _LOCK).open("w")
    except OSError as error:
        raise UsageError(
            f"the work directory {directory} cannot be used: {error.strerror or error}: give another {option}"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another run is at work in {directory}: wait for it, or give another {option}") from None
        yield


def remove_if_empty(directory: Path) -> None:
    """Delete a work directory that holds nothing but its lock."""
    lock = directory / _LOCK
    with suppress(OSError):
        if list(directory.iterdir()) == [lock]:
            lock.unlink()
            directory.rmdir()
