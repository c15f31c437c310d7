"""The directory that a node lives in: held by one script at a time, and not left behind."""

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

from errors import RefusedError

PREFIX = "warble-kafka-"


def hold(home: Path) -> IO[str]:
    """Create a directory if need be and keep other scripts off it for as long as the returned file is open.

    Raises RefusedError if another script holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise RefusedError(f"another broker runs in {home}: stop it, or give another directory with --data") from None
    return lock


def temporary() -> Path:
    """Create an empty directory, and remove those of scripts that were killed before they could do it."""
    for records in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/records"):
        try:
            lock = hold(records.parent)
        except (RefusedError, OSError):  # in use, or another user's
            continue
        with lock:
            shutil.rmtree(records.parent, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX))
