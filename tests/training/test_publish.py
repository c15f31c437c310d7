import os
import stat
from pathlib import Path

import pytest

from model.errors import UsageError
from training.publish import published_directory

MARKER = "scores.json"


def publish(target: Path, content: str, *, overwrite: bool = False) -> None:
    with published_directory(target, MARKER, overwrite=overwrite) as draft:
        (draft / MARKER).write_text(content)


def test_results_appear_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "results"
    with published_directory(target, MARKER, overwrite=False) as draft:
        (draft / MARKER).write_text("1")
        assert not target.exists()
    assert (target / MARKER).read_text() == "1"
    assert [path.name for path in target.parent.iterdir()] == ["results"]


def test_others_may_open_it_as_far_as_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        publish(tmp_path / "results", "1")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "results").stat().st_mode) == 0o750


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "results"
    publish(target, "old")

    def fail() -> None:
        with published_directory(target, MARKER, overwrite=True) as draft:
            (draft / MARKER).write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert (target / MARKER).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_results_are_replaced_only_when_that_is_allowed(tmp_path: Path) -> None:
    target = tmp_path / "results"
    publish(target, "old")
    with pytest.raises(UsageError, match="--overwrite"):
        publish(target, "new")
    publish(target, "new", overwrite=True)
    assert (target / MARKER).read_text() == "new"


def test_anything_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.png").touch()
    with pytest.raises(UsageError, match=r"has no scores\.json, so it is not overwritten"):
        publish(tmp_path / "photos", "new", overwrite=True)
    assert (tmp_path / "photos" / "cat.png").exists()


def test_an_empty_directory_is_free(tmp_path: Path) -> None:
    publish(tmp_path, "new")
    assert (tmp_path / MARKER).read_text() == "new"
