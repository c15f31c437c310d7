"""Any bytes in place of a bundle's files, with a manifest that fits them."""

import contextlib
import hashlib
import tempfile
from functools import cache
from pathlib import Path

import orjson

from model.bundle.files import MANIFEST, REQUIRED
from model.bundle.read import Bundle, load_bundle
from model.classifier import Classifier
from model.errors import BundleError, WarbleError
from tests.factories import tiny_bundle

_NAMES = (*REQUIRED, MANIFEST)

WORDS = (
    *(b'"format_version"', b'"architecture"', b'"layers"', b'"kind"', b'"embedding"', b'"rows"', b'"units"'),
    *(b'"words"', b'"forms"', b'"skip"', b'"indirect"', b'"cases"', b'"ids"', b'"probabilities"', b'"threshold"'),
    *(b"null", b"true", b"-1", b"1e999", b"9223372036854775807", b'"softmax"', b'"\\n"', b'"../x"', b'"a/b"', b'""'),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"'descr': '|O'", b"'shape': (", b"<f4"),
)


@cache
def _good() -> dict[str, bytes]:
    """The files of a bundle that loads."""
    with tempfile.TemporaryDirectory() as directory:
        path = tiny_bundle(Path(directory) / "good")
        return {name: (path / name).read_bytes() for name in _NAMES}


def feed(content: bytes) -> Bundle | None:
    """Load a bundle in which the file that the first byte chooses holds the rest."""
    spoiled = _NAMES[content[0] % len(_NAMES)] if content else MANIFEST
    files = _good() | {spoiled: content[1:]}
    if spoiled != MANIFEST:
        # As an author of ill will can: the manifest is no signature.
        digests = {name: hashlib.sha256(files[name]).hexdigest() for name in REQUIRED}
        files[MANIFEST] = orjson.dumps(digests)
    with tempfile.TemporaryDirectory() as directory:
        for name, value in files.items():
            (Path(directory) / name).write_bytes(value)
        try:
            bundle = load_bundle(Path(directory))
        except BundleError:
            return None
    with contextlib.suppress(WarbleError):
        Classifier.build(bundle, engine="onnx", device="cpu", threads=1)
    return bundle


def seeds() -> list[bytes]:
    wrong = (b"", b"{}", b"[]", b"null")
    return [b"", *(bytes([which]) + one for which, name in enumerate(_NAMES) for one in (_good()[name], *wrong))]
