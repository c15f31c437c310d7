"""A bundle's files and their manifest: exactly those listed, no links, every byte hashed before it is parsed."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from model.bundle.json_files import parse_json
from model.bundle.refused import FETCH_AGAIN, RefusedError

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
METADATA = "bundle.json"
VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.npz"
GOLDEN = "golden.json"
MODEL_CARD = "MODEL_CARD.md"
REQUIRED = (METADATA, VOCABULARY, WEIGHTS, GOLDEN, MODEL_CARD)

MAX_FILES = 64
_MIB = 1024 * 1024
_MAX_BYTES = {MANIFEST: _MIB, SIGNATURE: 4096, WEIGHTS: 1100 * _MIB, VOCABULARY: 512 * _MIB}
_MAX_OTHER_BYTES = 64 * _MIB
_MAX_BYTES_IN_ALL = 1700 * _MIB
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")

Trust = Callable[[bytes, bytes | None], None]
"""Takes the manifest's bytes and those of its signature, if there is one; raises RefusedError for what it mistrusts."""


class Contents(NamedTuple):
    """A bundle's bytes, as they were hashed."""

    manifest: bytes
    files: dict[str, bytes]
    """By name, those that the manifest lists."""


def read_files(directory: Path, trust: Trust = lambda _manifest, _signature: None) -> Contents:
    """Read a bundle's files, each once: the bytes returned are the bytes that were hashed.

    trust: asked about the manifest before anything in it is believed.
    Nothing is read before all files are known to be of a bearable size. Raises RefusedError for a directory that is
    not exactly what its manifest lists, and OSError for one that cannot be read.
    """
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        present = set(os.listdir(opened))  # noqa: PTH208 - a path may point elsewhere by now
        if MANIFEST not in present:
            raise RefusedError(f"{MANIFEST} is missing")
        raw = _read_alone(opened, MANIFEST)
        trust(raw, _read_alone(opened, SIGNATURE) if SIGNATURE in present else None)
        manifest = _manifest(raw)
        if unlisted := sorted(present - manifest.keys() - {MANIFEST, SIGNATURE}):
            raise RefusedError(
                f"{_shown(unlisted[0])} is in the directory, but {MANIFEST} does not list it", "remove that file"
            )
        if missing := sorted(manifest.keys() - present):
            raise RefusedError(f"{missing[0]} is missing, but {MANIFEST} lists it")
        return Contents(raw, _read_listed(opened, manifest))
    finally:
        os.close(opened)


def digests(files: dict[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file, in hexadecimal, ordered by name: what a manifest says."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def _manifest(content: bytes) -> dict[str, str]:
    manifest = parse_json(MANIFEST, content)
    if not isinstance(manifest, dict):
        raise RefusedError(f"{MANIFEST} should be an object of file names and SHA-256")
    if len(manifest) > MAX_FILES:
        raise RefusedError(f"{MANIFEST} lists {len(manifest)} files, at most {MAX_FILES} are read")
    for name, digest in manifest.items():
        if name in (MANIFEST, SIGNATURE) or not _NAME.fullmatch(name):
            raise RefusedError(f"{MANIFEST} lists {name[:200]!r}, which is no file beside it")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise RefusedError(
                f"{MANIFEST} should give 64 hexadecimal digits for {name}, received {repr(digest)[:100]}"
            )
    if absent := [name for name in REQUIRED if name not in manifest]:
        raise RefusedError(f"{MANIFEST} does not list {absent[0]}, which every bundle has")
    return manifest


def _read_listed(directory: int, manifest: dict[str, str]) -> dict[str, bytes]:
    total = 0
    for name in manifest:
        with _opened(directory, name) as file:
            total += os.fstat(file).st_size
    if total > _MAX_BYTES_IN_ALL:
        raise RefusedError(f"its files have {total} bytes in all, at most {_MAX_BYTES_IN_ALL} are read")
    files = {}
    for name, expected in manifest.items():
        # Only as much as is left: a file may have grown since.
        content = _read_alone(directory, name, total)
        total -= len(content)
        received = hashlib.sha256(content).hexdigest()
        if received != expected:
            raise RefusedError(
                f"{name} has SHA-256 {received[:12]}..., the manifest says {expected[:12]}...", FETCH_AGAIN
            )
        files[name] = content
    return files


def _read_alone(directory: int, name: str, most: int = _MAX_BYTES_IN_ALL) -> bytes:
    with _opened(directory, name) as opened, os.fdopen(opened, "rb", closefd=False) as file:
        return file.read(min(most, _limit(name)))


@contextmanager
def _opened(directory: int, name: str) -> Iterator[int]:
    """Open a plain file of a bearable size."""
    try:
        # A pipe in place of a file would block for ever without O_NONBLOCK.
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedError(f"{name} is a link, a bundle holds plain files only") from None
        if error.errno in (errno.ENXIO, errno.ENODEV):  # a socket, a device that is not there
            raise RefusedError(f"{name} is no plain file, a bundle holds plain files only") from None
        raise
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{name} is no plain file, a bundle holds plain files only")
        if status.st_size > _limit(name):
            raise RefusedError(f"{name} has {status.st_size} bytes, at most {_limit(name)} are read")
        yield opened
    finally:
        os.close(opened)


def _limit(name: str) -> int:
    return _MAX_BYTES.get(name, _MAX_OTHER_BYTES)


def _shown(name: str) -> str:
    """Put a name that anybody may have chosen in quotes, its odd characters escaped, unless it is an ordinary one."""
    return name if _NAME.fullmatch(name) else ascii(name)
