from pathlib import Path

import pytest

from model.errors import UsageError
from training.workdir import beside, locked, remove_if_empty, work_directory


def test_the_default_lies_beside_the_bundle() -> None:
    assert beside(Path("bundles/brands")) == Path("bundles/brands.work")


def test_a_path_without_a_name_has_nothing_beside_it() -> None:
    with pytest.raises(UsageError, match=r"--out \. names no directory of its own"):
        beside(Path())


def test_a_work_directory_of_one_s_own_must_not_be_in_the_way_of_the_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert work_directory(None, out) == tmp_path / "out.work"
    assert work_directory(tmp_path / "elsewhere", out) == tmp_path / "elsewhere"
    assert work_directory(tmp_path, out) == tmp_path
    for given in (out, out / "work", tmp_path / "." / "out"):
        with pytest.raises(UsageError, match="in the way of --out"):
            work_directory(given, out)


def test_two_runs_do_not_share_a_directory(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "work"),
        pytest.raises(UsageError, match="another run is at work"),
        locked(tmp_path / "work"),
    ):
        pass


def test_a_directory_is_free_again_after_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "work"):
            pass


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be used"), locked(tmp_path / "file" / "work"):
        pass


def test_only_an_empty_directory_is_removed(tmp_path: Path) -> None:
    for name in ("empty", "used"):
        with locked(tmp_path / name):
            pass
    (tmp_path / "used" / "checkpoint.npz").touch()
    for name in ("empty", "used", "absent"):
        remove_if_empty(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
