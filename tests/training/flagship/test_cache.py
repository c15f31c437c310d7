from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.flagship.cache import Cache, identity, pack, texts_identity, unpack

ARRAYS: dict[str, np.ndarray] = {"one": np.arange(3), "two": np.eye(2, dtype=np.float32)}


def test_what_is_kept_is_found_under_its_identity_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path).below("fold-0")
    cache.keep("logits", "this run", ARRAYS)
    found = cache.find("logits", "this run")
    assert found is not None
    assert found.keys() == ARRAYS.keys()
    assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)
    assert cache.find("logits", "another run") is None
    assert cache.find("vectors", "this run") is None


def test_it_is_made_once(tmp_path: Path) -> None:
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return ARRAYS

    for run in ("a", "a", "b", "b"):
        Cache(tmp_path).made("logits", run, make)
    assert len(made) == 2


@pytest.mark.parametrize("damage", [b"", b"nothing that NumPy reads"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.keep("logits", "run", ARRAYS)
    (tmp_path / "logits.npz").write_bytes(damage)
    assert cache.find("logits", "run") is None
    assert cache.made("logits", "run", lambda: ARRAYS).keys() == ARRAYS.keys()
    assert cache.find("logits", "run") is not None


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path)
    cache.keep("logits", "run", ARRAYS)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        cache.keep("logits", "run", {"one": np.zeros(3)})
    assert [path.name for path in tmp_path.iterdir()] == ["logits.npz"]
    found = cache.find("logits", "run")
    assert found is not None
    assert found["one"].tolist() == [0, 1, 2]


def test_what_is_discarded_is_gone_and_may_be_absent(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep("logits", "run", ARRAYS)
    cache.discard("logits")
    cache.discard("logits")
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.text(), min_size=1))
def test_texts_come_back_as_they_were(texts: list[str]) -> None:
    assert unpack(pack(texts)) == [text.replace("\0", " ") for text in texts]


def test_the_identity_of_texts_depends_on_their_order_and_borders() -> None:
    assert texts_identity(["a", "b"]) == texts_identity(["a", "b"])
    assert len({texts_identity(texts) for texts in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])}) == 4
    assert identity("a", {"x": 1, "y": 2}) == identity("a", {"y": 2, "x": 1}) != identity("a", {"x": 2, "y": 2})
