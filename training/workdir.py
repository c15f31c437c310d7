"""Where a run keeps what it must not lose when it is killed."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.errors import UsageError

_LOCK = "lock"


def beside(out: Path) -> Path:
    """Name the default: the directory to write with ``.work`` appended. Raises UsageError as :func:`sibling` does."""
    return sibling(out, ".work")


def work_directory(given: Path | None, out: Path) -> Path:
    """Choose a run's: the one given, or the default.

    Raises UsageError as :func:`sibling` does, and if the one given is ``out`` or in it: ``out`` would be taken when all
    of the work is done.
    """
    if given is None:
        return beside(out)
    if out.resolve() in (given.resolve(), *given.resolve().parents):
        raise UsageError(f"--work-dir {given} would be in the way of --out {out}: give one outside it")
    return given


def sibling(out: Path, ending: str) -> Path:
    """Name a directory beside the one to write. Raises UsageError if that has no name of its own, such as ``.``."""
    if not out.name:
        raise UsageError(f"--out {out} names no directory of its own: give one, such as runs/first")
    return out.with_name(f"{out.name}{ending}")


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
