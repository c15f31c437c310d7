"""Who answers for a bundle: an ed25519 signature over its manifest, which holds the hash of every other file.

``manifest.json.sig`` is JSON: ``algorithm`` (``ed25519``), ``key`` (the first 16 hexadecimal digits of the SHA-256 of
the public key's 32 bytes, for people to tell keys apart) and ``signature`` (64 bytes in base64, over the exact bytes
of ``manifest.json``).
"""

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, ValidationError

from model.bundle.files import MANIFEST, SIGNATURE
from model.bundle.json_files import parse_json
from model.bundle.metadata import to_json
from model.bundle.refused import RefusedError, first_of
from model.errors import UsageError
from model.strict import Strict

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_MAX_KEY_BYTES: Final = 65_536


class Signature(Strict):
    """``manifest.json.sig``."""

    algorithm: Literal["ed25519"] = "ed25519"
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """For people only: what decides is the signature."""
    signature: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{86}==$")]

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read ``manifest.json.sig``. Raises RefusedError if it is malformed."""
        parse_json(SIGNATURE, content)
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise RefusedError(f"{SIGNATURE} is malformed: {first_of(error)}") from None


@dataclass(frozen=True)
class PublicKey:
    """Whose signatures are trusted."""

    key: "Ed25519PublicKey"

    @property
    def name(self) -> str:
        """The key's id, as a signature states it."""
        return hashlib.sha256(self.key.public_bytes_raw()).hexdigest()[:16]

    def check(self, manifest: bytes, signature: bytes | None) -> None:
        """Raise RefusedError unless this key signed just these bytes of a manifest."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only who signs or checks needs it

        if signature is None:
            raise RefusedError(
                f"{SIGNATURE} is missing, and a public key is set ({self.name})",
                "sign the bundle with 'warble-model sign', or fetch a signed one",
            )
        received = Signature.from_json(signature)
        try:
            self.key.verify(base64.b64decode(received.signature), manifest)
        except InvalidSignature:
            other = f", it names key {received.key}" if received.key != self.name else ""
            raise RefusedError(
                f"{SIGNATURE} is no signature of {MANIFEST} by the public key that is set ({self.name}){other}",
                "fetch the bundle again, from whoever has that key",
            ) from None


def read_public_key(path: Path) -> PublicKey:
    """Read an ed25519 public key (PEM). Raises UsageError for a file that is none."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    step = "give the PEM file of an ed25519 public key, such as 'openssl pkey -in PRIVATE.pem -pubout' writes"
    content = _key_file("public key", path, step)
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        held = "holds a private key" if b"PRIVATE KEY-----" in content else "holds no public key in PEM"
        raise UsageError(f"public key '{path}' {held}: {step}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"public key '{path}' is of another kind than ed25519 ({type(key).__name__}): {step}")
    return PublicKey(key)


def signed(manifest: bytes, private_key: Path) -> Signature:
    """Sign the bytes of a manifest with an ed25519 private key (PEM). Raises UsageError for a file that is none."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    step = "give the PEM file of an ed25519 private key, such as 'openssl genpkey -algorithm ed25519' writes"
    content = _key_file("private key", private_key, step)
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise UsageError(
            f"private key '{private_key}' is encrypted: give it in the clear and on no disk, as in "
            "'openssl pkey -in PRIVATE.pem | warble-model sign BUNDLE --key /dev/stdin'"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"private key '{private_key}' holds no private key in PEM: {step}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"private key '{private_key}' is of another kind than ed25519 ({type(key).__name__}): {step}")
    return Signature(
        key=PublicKey(key.public_key()).name, signature=base64.b64encode(key.sign(manifest)).decode("ascii")
    )


def write_signature(bundle: Path, signature: Signature) -> Path:
    """Put a signature into a bundle, at once in place of an old one; return where it is.

    Raises UsageError if it cannot be written.
    """
    directory = bundle.resolve()
    # Beside the bundle: within it, a draft would be a file that the manifest does not list.
    draft = directory.parent / f".{directory.name}.{secrets.token_hex(8)}.partial"
    try:
        try:
            with draft.open("xb") as file:
                file.write(to_json(signature.model_dump(mode="json")))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(directory / SIGNATURE)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{SIGNATURE} could not be written into {bundle}: {error.strerror}: check that this user may write there "
            "and in the directory above, which must be on the same disk"
        ) from None
    return directory / SIGNATURE


def _key_file(kind: str, path: Path, step: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_KEY_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{kind} '{path}' cannot be read: {error.strerror}: {step}") from None
    if len(content) > _MAX_KEY_BYTES:
        raise UsageError(f"{kind} '{path}' has more than {_MAX_KEY_BYTES} bytes, so it is no key: {step}")
    return content
