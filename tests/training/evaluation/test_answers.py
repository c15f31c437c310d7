import errno
import os
from pathlib import Path

import numpy as np
import pytest

from training.data.splits import Split
from training.evaluation.answers import KeptAnswers, run_digest
from training.evaluation.candidate import FoldAnswer

FULL = FoldAnswer(
    np.array([[0.25, 0.75]]), np.array([[0.1, 0.9], [1 / 3, 2 / 3]]), 3, 1.5, np.array([0.0, 0.5]), threshold=0.25
)
BARE = FoldAnswer(np.empty((0, 2)), np.array([[0.1, 0.9]]), 0, 0.0)
SPLIT = Split(np.array([0, 1]), np.array([2]), np.array([3]))


@pytest.mark.parametrize("answer", [FULL, BARE])
def test_what_is_kept_is_found_to_the_last_bit(tmp_path: Path, answer: FoldAnswer) -> None:
    kept = KeptAnswers(tmp_path / "work")
    kept.keep(2, "run", answer)
    found = kept.find(2, "run")
    assert found is not None
    for one, two in zip(answer, found, strict=True):
        assert np.array_equal(np.asarray(one, dtype=np.float64), np.asarray(two, dtype=np.float64), equal_nan=True)
    assert kept.find(1, "run") is None
    assert kept.count() == 1


def test_another_run_s_answers_are_not_found(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path)
    kept.keep(0, "run", BARE)
    assert kept.find(0, "other") is None


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers-0.npz").write_bytes(content)
    assert KeptAnswers(tmp_path).find(0, "run") is None


def test_half_a_file_is_as_good_as_none(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path)
    kept.keep(0, "run", FULL)
    path = tmp_path / "answers-0.npz"
    path.write_bytes(path.read_bytes()[:-200])
    assert kept.find(0, "run") is None


def test_a_full_disk_leaves_the_old_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    kept = KeptAnswers(tmp_path)
    kept.keep(0, "run", BARE)
    monkeypatch.setattr("training.evaluation.answers.os.fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        kept.keep(0, "other", FULL)
    assert kept.find(0, "run") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["answers-0.npz"]


def test_discarding_leaves_what_is_not_ours(tmp_path: Path) -> None:
    kept = KeptAnswers(tmp_path)
    kept.keep(0, "run", BARE)
    (tmp_path / "lock").touch()
    kept.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_whatever_decides_the_answers_is_in_the_run_s_name() -> None:
    names = {
        run_digest({"preset": "a"}, "data", SPLIT),
        run_digest({"preset": "b"}, "data", SPLIT),
        run_digest({"preset": "a"}, "other data", SPLIT),
        run_digest({"preset": "a"}, "data", SPLIT._replace(train=np.array([0]))),
        run_digest({"preset": "a"}, "data", SPLIT._replace(validation=np.array([1]))),
    }
    assert len(names) == 5
    assert run_digest({"preset": "a"}, "data", SPLIT) in names
