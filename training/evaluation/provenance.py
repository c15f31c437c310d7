"""Which file, and which programs, a result came from."""

import hashlib
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("warble", "numpy", "scikit-learn", "scipy", "nltk", "keras", "tensorflow", "onnxruntime")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of what decides figures."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        # TensorFlow's CPU build is another distribution of the same package.
        for distribution in (package, f"{package}-cpu"):
            with suppress(PackageNotFoundError):
                found.setdefault(package, version(distribution))
    return found
