from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from training.checkpoint import Checkpoint, Epoch, discard_checkpoint, load_checkpoint, save_checkpoint

EPOCH = Epoch(epoch=1, loss=1.5, validation_loss=1.25, validation_macro_f1=0.5, seconds=2.0)


def checkpoint(value: float) -> Checkpoint:
    weights = {"lstm_0.forward.kernel": np.full((2, 3), value, dtype=np.float32)}
    optimizer = {"0.iteration": np.array(7), "1.lr/x": np.array(0.1, dtype=np.float32)}
    return Checkpoint({"seed": "67"}, weights, optimizer, weights, best_epoch=1, history=(EPOCH,))


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved = checkpoint(0.1)
    save_checkpoint(saved, tmp_path / "work")
    loaded = load_checkpoint(tmp_path / "work")
    assert loaded is not None
    assert (loaded.run, loaded.history, loaded.best_epoch, loaded.finished) == (saved.run, (EPOCH,), 1, False)
    for group in ("weights", "optimizer", "best_weights"):
        was, is_ = getattr(saved, group), getattr(loaded, group)
        assert was.keys() == is_.keys()
        assert all(np.array_equal(was[name], is_[name]) and was[name].dtype == is_[name].dtype for name in was)


def test_no_checkpoint_is_no_error(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path) is None


def test_a_save_that_fails_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(checkpoint(1), tmp_path)

    def full_disk(file: object, **_: object) -> None:
        file.write(b"half a checkpoint")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(checkpoint(2), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    loaded = load_checkpoint(tmp_path)
    assert loaded is not None
    assert loaded.weights["lstm_0.forward.kernel"][0, 0] == 1


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 truncated"])
def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.npz").write_bytes(content)
    with pytest.raises(UsageError, match="not a readable checkpoint"):
        load_checkpoint(tmp_path)


def test_pickled_arrays_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "checkpoint.npz", state=np.array([{"a": 1}], dtype=object))
    with pytest.raises(UsageError, match="not a readable checkpoint"):
        load_checkpoint(tmp_path)


def test_discarding_leaves_nothing_of_ours_and_all_of_others(tmp_path: Path) -> None:
    save_checkpoint(checkpoint(1), tmp_path / "ours")
    discard_checkpoint(tmp_path / "ours")
    assert not (tmp_path / "ours").exists()
    save_checkpoint(checkpoint(1), tmp_path / "shared")
    (tmp_path / "shared" / "notes.txt").touch()
    discard_checkpoint(tmp_path / "shared")
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["notes.txt"]
