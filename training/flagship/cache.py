"""What stages have made, on disk, whole or not at all: a run that was stopped goes on with it.

Everything is kept under an identity, the digest of all that decides it: what was made for another recipe, other data
or another fold is passed over and made anew. The machine and the backend of Keras are no part of it, so that a teacher
may be trained where there is a GPU and be used elsewhere.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]
_IDENTITY: Final = "identity"
_SEPARATOR: Final = "\0"
"""Between texts: what no tweet has in it."""


def identity(*parts: object) -> str:
    """Digest of parts that JSON can write: SHA-256."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def texts_identity(texts: Sequence[str]) -> str:
    """Digest of texts and their order."""
    return hashlib.sha256(_SEPARATOR.join(texts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Cache:
    """A directory of arrays."""

    directory: Path

    def below(self, name: str) -> "Cache":
        """Return the cache of a directory in this one."""
        return Cache(self.directory / name)

    def find(self, name: str, under: str) -> dict[str, npt.NDArray[Any]] | None:
        """Read what is kept; None if there is nothing, or another identity's, or a damaged file."""
        try:
            # Opened here, because numpy leaves a file open in which it finds no archive.
            with self._path(name).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                if str(stored[_IDENTITY]) != under:
                    return None
                return {key: stored[key] for key in stored.files if key != _IDENTITY}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def keep(self, name: str, under: str, arrays: Arrays) -> None:
        """Write arrays over what was kept. Raises OSError, and leaves what was there, when there is no room."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".partial")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays, **{_IDENTITY: np.array(under)})
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def made(self, name: str, under: str, make: Callable[[], Arrays]) -> dict[str, npt.NDArray[Any]]:
        """Return what is kept; if nothing is, make and keep it."""
        found = self.find(name, under)
        if found is None:
            found = dict(make())
            self.keep(name, under, found)
        return found

    def discard(self, name: str) -> None:
        """Delete what is kept, if there is any."""
        for path in (self._path(name), self._path(name).with_suffix(".partial")):
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.directory / f"{name}.npz"


def pack(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return texts as one array of bytes; a text's own NUL becomes a space."""
    joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in texts)
    return np.frombuffer(joined.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def unpack(packed: npt.NDArray[np.uint8]) -> list[str]:
    """Return the texts of :func:`pack`, which must have been at least one."""
    return packed.tobytes().decode("utf-8", "surrogatepass").split(_SEPARATOR)
