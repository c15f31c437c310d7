"""Putting a finished draft in its place: whole, and open to whom the user lets read."""

import os
import shutil
import tempfile
from pathlib import Path


def replace_directory(target: Path, draft: Path) -> None:
    """Rename a draft into place; an old directory steps aside first, and returns if that fails.

    Both are on one file system. Raises OSError.
    """
    if not target.exists():
        draft.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".replaced", dir=target.parent))
    target.rename(aside)
    try:
        draft.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    shutil.rmtree(aside)


def allowed(mode: int) -> int:
    """Return the permissions that a new file or directory of ``mode`` would get: a draft of ``tempfile`` is private."""
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask
