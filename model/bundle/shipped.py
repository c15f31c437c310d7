"""Where a bundle is: shipped with the package under a name, or at a path."""

import os
from importlib.resources import files
from pathlib import Path

from model.bundle.files import MANIFEST
from model.errors import BundleError


def shipped() -> dict[str, Path]:
    """Directories of the shipped bundles, by name."""
    directory = Path(str(files("model") / "bundles"))
    return {path.parent.name: path.parent for path in sorted(directory.glob(f"*/{MANIFEST}"))}


def find(bundle: str) -> Path:
    """Return the directory of a bundle: a shipped one's name, or a path.

    A shipped name means the shipped bundle, whatever the working directory holds; ``./brands`` is a path.
    Raises BundleError, listing the shipped names, if there is none.
    """
    if bundle in (known := shipped()):
        return known[bundle]
    path = Path(bundle)
    if path.is_dir():
        return path
    names = ", ".join(known) or "none"
    if os.sep in bundle or path.exists():
        raise BundleError(f"bundle {bundle!r} is no directory: give a bundle's directory or a name ({names})")
    raise BundleError(f"bundle {bundle!r} was not found: shipped are {names}; anything else is a path")
