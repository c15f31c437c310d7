"""Putting a finished directory in the place of an old one."""

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
