"""Reading a bundle: hashes first, then each file, then whether they fit together."""

from dataclasses import dataclass
from pathlib import Path

from model.architecture.weights import Weights
from model.bundle.arrays import read_arrays
from model.bundle.files import GOLDEN, METADATA, VOCABULARY, WEIGHTS, Contents, digests, read_files
from model.bundle.golden import Golden
from model.bundle.json_files import parse_json
from model.bundle.metadata import Metadata
from model.bundle.refused import RefusedError
from model.bundle.shipped import find
from model.bundle.signature import PublicKey, read_public_key
from model.errors import BundleError
from model.preprocessing.vocabulary import Vocabulary


@dataclass(frozen=True)
class Bundle:
    """A bundle whose hashes and parts are checked; its golden answers are not: that takes an engine."""

    path: Path
    metadata: Metadata
    vocabulary: Vocabulary
    weights: Weights
    golden: Golden
    digests: dict[str, str]
    """SHA-256 of each file, the manifest left out."""
    manifest: bytes = b""
    """What a signature is made over."""
    signed_by: str | None = None
    """Id of the public key that was asked for and whose signature was found good."""


def load_bundle(bundle: str | Path, *, public_key: Path | None = None) -> Bundle:
    """Read a bundle by a shipped name or a path.

    public_key: PEM file of an ed25519 key; with it, a bundle that this key has not signed is refused. Without it, a
    signature is not looked at.
    Raises BundleError, which says which file, what was expected, what was received, and what to do; and UsageError for
    a public key that is none.
    """
    key = None if public_key is None else read_public_key(public_key)
    path = bundle if isinstance(bundle, Path) else find(bundle)
    try:
        return _parse(path, read_files(path) if key is None else read_files(path, key.check), key)
    except RefusedError as refused:
        raise refused.of(str(bundle)) from None
    except OSError as error:
        raise BundleError(
            f"bundle {str(bundle)!r} could not be read: {error}: "
            "check that it is a bundle's directory and that this user may read it"
        ) from None


def _parse(path: Path, contents: Contents, key: PublicKey | None) -> Bundle:
    files = contents.files
    metadata = Metadata.from_json(files[METADATA])
    rows = metadata.architecture.embedding.rows
    try:
        vocabulary = Vocabulary.from_json(parse_json(VOCABULARY, files[VOCABULARY]), metadata.preprocessing.cleanup)
    except ValueError as error:
        raise RefusedError(f"{VOCABULARY} is malformed: {error}") from None
    if vocabulary.size >= rows:
        entries = "words and pieces" if vocabulary.pieces else "words"
        raise RefusedError(
            f"{VOCABULARY} has {vocabulary.size} {entries}, the embedding in {METADATA} has rows for {rows - 1}"
        )
    try:
        weights = read_arrays(files[WEIGHTS], metadata.architecture)
    except ValueError as error:
        raise RefusedError(f"{WEIGHTS} does not fit {METADATA}: {error}") from None
    golden = Golden.from_json(files[GOLDEN], len(metadata.labels))
    return Bundle(
        path,
        metadata,
        vocabulary,
        weights,
        golden,
        digests(files),
        manifest=contents.manifest,
        signed_by=None if key is None else key.name,
    )
