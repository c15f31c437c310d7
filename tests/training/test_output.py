import errno
import os
import stat
from pathlib import Path

import pytest

from model.errors import UsageError
from training.output import whole_file


def test_the_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "out.csv"
    with whole_file(target, overwrite=False) as file:
        file.write("a\r\n")
        assert not target.exists()
    assert target.read_bytes() == b"a\r\n"
    assert list(target.parent.iterdir()) == [target]


def test_others_may_read_it_as_far_as_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "out.csv", overwrite=False):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_after_an_error_all_is_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def write_half() -> None:
        with whole_file(target, overwrite=True) as file:
            file.write("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_is_there_is_replaced_only_if_allowed(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(UsageError, match="exists: choose another --out, or allow"), whole_file(target, overwrite=False):
        pytest.fail("must not get here")
    with whole_file(target, overwrite=True) as file:
        file.write("new")
    assert target.read_text() == "new"


def test_what_appeared_meanwhile_is_not_replaced_unasked(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(UsageError, match="exists"), whole_file(target, overwrite=False):
        target.write_text("another program's")
    assert target.read_text() == "another program's"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("out", [".", "/dev/null"])
def test_only_a_plain_file_is_replaced(tmp_path: Path, out: str) -> None:
    with pytest.raises(UsageError, match="is no plain file"), whole_file(tmp_path / out, overwrite=True):
        pytest.fail("must not get here")


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match=r"out\.csv cannot be written: (Not a directory|File exists)"),
        whole_file(tmp_path / "file" / "out.csv", overwrite=False),
    ):
        pytest.fail("must not get here")


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("training.output.os.fsync", full)
    with (
        pytest.raises(UsageError, match="cannot be written: No space left on device: make room"),
        whole_file(tmp_path / "out.csv", overwrite=False) as file,
    ):
        file.write("a")
    assert list(tmp_path.iterdir()) == []
