"""Keys to sign with, the same ones in every run."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class KeyPair:
    """A private and a public key as files."""

    def __init__(self, directory: Path, number: int = 1) -> None:
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.private = directory / f"private-{number}.pem"
        self.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.public = directory / f"public-{number}.pem"
        self.public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        self.key = key
