import os
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from model.bundle import write
from model.bundle.golden import TOLERANCE
from model.bundle.read import load_bundle
from model.bundle.write import replace_metadata, write_bundle
from model.engines.base import Ids, Lengths, Outputs
from model.errors import BundleError, UsageError
from tests.factories import (
    GOLDEN_TEXTS,
    random_weights,
    tiny_architecture,
    tiny_bundle,
    tiny_metadata,
    tiny_vocabulary,
)


def parts(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the arguments
    return {
        "metadata": tiny_metadata(),
        "vocabulary": tiny_vocabulary(),
        "weights": random_weights(tiny_architecture()),
        "golden_texts": GOLDEN_TEXTS,
        "model_card": "# Tiny\n",
    } | changes


class Shifted:
    """An engine that is off by a constant."""

    name = "shifted"
    device = "cpu"
    kernel = "shifted"

    def __init__(self, shift: float) -> None:
        self._shift = shift

    def warm(self, longest: int, max_tokens: int) -> None:
        pass

    def cells(self, rows: int, longest: int) -> int:
        return rows * longest

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        from model.engines.onnx import OnnxEngine  # noqa: PLC0415

        engine = OnnxEngine(tiny_architecture(), random_weights(tiny_architecture()), threads=1)
        shifted: Outputs = np.clip(engine.predict(ids, lengths) + np.float32(self._shift), 0, 1)
        return shifted


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_bundle(tmp_path / "deep" / "down", **parts())
    bundle = load_bundle(path)
    assert bundle.metadata == tiny_metadata()
    assert bundle.vocabulary == tiny_vocabulary()
    for name, array in random_weights(tiny_architecture()).items():
        np.testing.assert_array_equal(bundle.weights[name], array)
    assert [case.text for case in bundle.golden.cases] == list(GOLDEN_TEXTS)
    assert (path / "MODEL_CARD.md").read_text() == "# Tiny\n"


def test_the_same_parts_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (tiny_bundle(tmp_path / name) for name in ("first", "second"))
    assert (first / "manifest.json").read_bytes() == (second / "manifest.json").read_bytes()


def test_an_empty_tweets_golden_answer_is_the_prior(tmp_path: Path) -> None:
    golden = orjson.loads((tiny_bundle(tmp_path / "it") / "golden.json").read_bytes())
    empty = next(case for case in golden["cases"] if case["text"] == "")
    assert empty == {"text": "", "ids": [], "probabilities": [0.02, 0.06, 0.59, 0.33]}


def test_nothing_is_left_beside_a_written_bundle(tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "it")
    tiny_bundle(tmp_path / "it", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["it"]


def test_a_bundle_may_be_read_by_others(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        path = tiny_bundle(tmp_path / "it")
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o755
    assert {file.stat().st_mode & 0o777 for file in path.iterdir()} == {0o644}


def test_an_existing_target_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path / "it", seed=1)
    before = (path / "manifest.json").read_bytes()
    with pytest.raises(UsageError, match="exists: choose another directory, or allow it"):
        tiny_bundle(path, seed=2)
    assert (path / "manifest.json").read_bytes() == before
    tiny_bundle(path, seed=2, overwrite=True)
    assert (path / "manifest.json").read_bytes() != before


def test_an_empty_directory_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    assert load_bundle(tiny_bundle(tmp_path / "it")).metadata.name == "tiny"


@pytest.mark.parametrize("kind", ["directory", "file", "link"])
def test_what_is_no_bundle_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "photos"
    if kind == "directory":
        target.mkdir()
        (target / "only-copy.jpg").touch()
    elif kind == "file":
        target.touch()
    else:
        target.symlink_to(tiny_bundle(tmp_path / "bundle"))
    with pytest.raises(UsageError, match="is no bundle, so it is not overwritten"):
        tiny_bundle(target, overwrite=True)
    assert os.path.lexists(target)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(write, "_sync", full_disk)
    with pytest.raises(OSError, match="disk full"):
        tiny_bundle(tmp_path / "it")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_swap_brings_the_old_bundle_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny_bundle(tmp_path / "it", seed=1)
    before = (path / "manifest.json").read_bytes()
    rename = Path.rename

    def fails_for_the_draft(self: Path, target: Path) -> Path:
        if self.suffix == ".partial":
            raise OSError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_draft)
    with pytest.raises(OSError, match="no"):
        tiny_bundle(path, seed=2, overwrite=True)
    assert (path / "manifest.json").read_bytes() == before
    assert [left.name for left in tmp_path.iterdir()] == ["it"]


def test_a_bundle_that_would_be_refused_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"text 0 of golden.json should have the probabilities"):
        write_bundle(tmp_path / "it", **parts(golden_engine=Shifted(2 * TOLERANCE)))
    assert list(tmp_path.iterdir()) == []


def test_the_engine_that_trained_answers_the_golden_texts(tmp_path: Path) -> None:
    own = load_bundle(write_bundle(tmp_path / "own", **parts())).golden
    trained = load_bundle(write_bundle(tmp_path / "it", **parts(golden_engine=Shifted(TOLERANCE / 2)))).golden
    assert trained != own


@pytest.mark.parametrize("texts", [GOLDEN_TEXTS[:7], ("love",) * 8, ("",) * 8])
def test_golden_texts_that_show_too_little_are_refused(tmp_path: Path, texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="golden texts should be at least 8, with and without words"):
        write_bundle(tmp_path / "it", **parts(golden_texts=texts))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'dense_4.kernel' should be"):
        write_bundle(tmp_path / "it", **parts(weights=random_weights(tiny_architecture(outputs=3))))


def test_other_metadata_leave_all_other_files_as_they_are(tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path / "it")
    bundle = load_bundle(path)
    replace_metadata(bundle, bundle.metadata.model_copy(update={"metrics": {"accuracy": 0.5}}))
    after = load_bundle(path)
    assert after.metadata.metrics == {"accuracy": 0.5}
    assert {name for name in after.digests if after.digests[name] != bundle.digests[name]} == {"bundle.json"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["it"]


def test_metadata_that_would_be_refused_change_nothing(tmp_path: Path) -> None:
    path = tiny_bundle(tmp_path / "it")
    bundle = load_bundle(path)
    with pytest.raises(BundleError, match="prior should be one probability a label"):
        replace_metadata(bundle, bundle.metadata.model_copy(update={"prior": (0.5, 0.5)}))
    assert load_bundle(path).digests == bundle.digests
    assert [entry.name for entry in tmp_path.iterdir()] == ["it"]


def test_a_bundle_that_has_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_bundle(tmp_path / "it"))
    tiny_bundle(tmp_path / "it", seed=2, overwrite=True)
    newer = (tmp_path / "it" / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match="has changed since it was read"):
        replace_metadata(bundle, bundle.metadata)
    assert (tmp_path / "it" / "manifest.json").read_bytes() == newer
