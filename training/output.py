"""A file that is there whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from model.errors import UsageError
from model.replace import allowed


@contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[TextIO]:
    """Open a draft beside ``path``; at the end of the block it takes that name, after an error it is deleted.

    UTF-8, newlines untouched. Raises UsageError if ``path`` is taken (unless it is a plain file and ``overwrite``),
    cannot be written, or the disk is full. Whatever is raised, ``path`` is as it was.
    """
    _check_free(path, overwrite=overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise unwritable(path, error) from None
    draft = Path(name)
    try:
        # What cannot be encoded (a lone half of a character, from an odd --encoding) is escaped, not an error.
        file = open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: PTH123, SIM115
        try:
            yield file
            _publish(file, draft, path, overwrite=overwrite)
        finally:
            with suppress(OSError):  # closing writes what is left, which a full disk refuses once more
                file.close()
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        draft.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> UsageError:
    """Say in one line that a file cannot be written."""
    return UsageError(f"{path} cannot be written: {error.strerror or error}: make room, or choose another --out")


def _check_free(path: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(path):
        return
    if not path.is_file():
        raise UsageError(f"{path} is no plain file, so it is not overwritten: choose another --out")
    if not overwrite:
        raise UsageError(f"{path} exists: choose another --out, or allow it to be replaced with --overwrite")


def _publish(file: TextIO, draft: Path, path: Path, *, overwrite: bool) -> None:
    file.flush()
    os.fsync(file.fileno())
    os.fchmod(file.fileno(), allowed(0o666))
    file.close()
    _check_free(path, overwrite=overwrite)  # another program may have written it meanwhile
    draft.replace(path)
