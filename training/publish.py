"""A directory of results: all of it or nothing, and never over something else."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import UsageError
from model.replace import allowed, replace_directory


def check_free(target: Path, marker: str, *, overwrite: bool) -> None:
    """Raise UsageError unless ``target`` is free, or holds results that may be replaced.

    marker: name of a file that tells such results from any other directory.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not overwrite:
        raise UsageError(f"{target} exists: choose another --out, or allow it to be replaced with --overwrite")
    if target.is_symlink() or not (target / marker).is_file():
        raise UsageError(f"{target} exists and has no {marker}, so it is not overwritten: choose another --out")


@contextmanager
def published_directory(target: Path, marker: str, *, overwrite: bool) -> Iterator[Path]:
    """Yield an empty directory beside ``target``, and rename it into place at the end of the block.

    Whatever is raised in the block, the target is as it was. Raises UsageError as :func:`check_free` does, and OSError
    when there is no room.
    """
    check_free(target, marker, overwrite=overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        draft.chmod(allowed(0o777))
        yield draft
        replace_directory(target, draft)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
