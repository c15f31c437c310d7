"""A bundle's files and their manifest: exactly those listed, no links, every byte hashed before it is parsed."""

import errno
import hashlib
import os
import re
import stat
from pathlib import Path
from typing import Any

import orjson

from model.bundle.refused import FETCH_AGAIN, RefusedError

MANIFEST = "manifest.json"
METADATA = "bundle.json"
VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.npz"
GOLDEN = "golden.json"
MODEL_CARD = "MODEL_CARD.md"
REQUIRED = (METADATA, VOCABULARY, WEIGHTS, GOLDEN, MODEL_CARD)

MAX_FILES = 64
_MIB = 1024 * 1024
_MAX_BYTES = {MANIFEST: _MIB, WEIGHTS: 1100 * _MIB, VOCABULARY: 512 * _MIB}
_MAX_OTHER_BYTES = 64 * _MIB
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_files(directory: Path) -> dict[str, bytes]:
    """Read a bundle's files, each once: the bytes returned are the bytes that were hashed.

    Returns contents by name, the manifest left out. Raises RefusedError for a directory that is not exactly what its
    manifest lists, and OSError for one that cannot be read.
    """
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        present = set(os.listdir(opened))  # noqa: PTH208 - a path may point elsewhere by now
        if MANIFEST not in present:
            raise RefusedError(f"{MANIFEST} is missing")
        manifest = _manifest(_read(opened, MANIFEST))
        if unlisted := sorted(present - manifest.keys() - {MANIFEST}):
            raise RefusedError(
                f"{unlisted[0]} is in the directory, but {MANIFEST} does not list it", "remove that file"
            )
        if missing := sorted(manifest.keys() - present):
            raise RefusedError(f"{missing[0]} is missing, but {MANIFEST} lists it")
        return {name: _hashed(name, _read(opened, name), manifest[name]) for name in manifest}
    finally:
        os.close(opened)


def digests(files: dict[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file, in hexadecimal, ordered by name: what a manifest says."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def parse_json(name: str, content: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Parse a file of the bundle. Raises RefusedError for what is no JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise RefusedError(f"{name} is no valid JSON: {error.msg} at character {error.pos}") from None


def _manifest(content: bytes) -> dict[str, str]:
    manifest = parse_json(MANIFEST, content)
    if not isinstance(manifest, dict):
        raise RefusedError(f"{MANIFEST} should be an object of file names and SHA-256")
    if len(manifest) > MAX_FILES:
        raise RefusedError(f"{MANIFEST} lists {len(manifest)} files, at most {MAX_FILES} are read")
    for name, digest in manifest.items():
        if name in ("", ".", "..", MANIFEST) or "/" in name or "\0" in name:
            raise RefusedError(f"{MANIFEST} lists {name!r}, which is no file beside it")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise RefusedError(f"{MANIFEST} should give 64 hexadecimal digits for {name}, received {digest!r}")
    if absent := [name for name in REQUIRED if name not in manifest]:
        raise RefusedError(f"{MANIFEST} does not list {absent[0]}, which every bundle has")
    return manifest


def _read(directory: int, name: str) -> bytes:
    limit = _MAX_BYTES.get(name, _MAX_OTHER_BYTES)
    try:
        # A pipe in place of a file would block for ever without O_NONBLOCK.
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedError(f"{name} is a link, a bundle holds plain files only") from None
        raise
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{name} is no plain file, a bundle holds plain files only")
        if status.st_size > limit:
            raise RefusedError(f"{name} has {status.st_size} bytes, at most {limit} are read")
        with os.fdopen(opened, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(opened)


def _hashed(name: str, content: bytes, expected: str) -> bytes:
    received = hashlib.sha256(content).hexdigest()
    if received != expected:
        raise RefusedError(f"{name} has SHA-256 {received[:12]}..., the manifest says {expected[:12]}...", FETCH_AGAIN)
    return content
