import json
from pathlib import Path

import pytest

from model.errors import UsageError
from tests.training.evaluation.tables import BINARY, table
from training.evaluation.curves import curves
from training.evaluation.drawings import draw
from training.evaluation.recompute import figures
from training.evaluation.result import EvaluationResult, FoldRun, read_result
from training.evaluation.slices import slices

BRANDS = ("i can't tell", "negative", "neutral", "positive")


def result(labels: tuple[str, ...] = BINARY, rows: int = 60) -> EvaluationResult:
    oof = table(rows=rows, labels=labels)
    return EvaluationResult(
        candidate="made-up",
        data="hate" if labels == BINARY else "brands",
        data_file="file.csv",
        data_digest="0" * 64,
        protocol="grouped",
        folds=(FoldRun(fold=0, train=1, validation=1, test=1, epochs=0, seconds=0.1, threshold=None),),
        seed=67,
        subset=1.0,
        max_epochs=None,
        tweets=70,
        clusters=60,
        twins_in_training=0.0,
        labels=labels,
        device="cpu",
        precision="float64",
        cores=2,
        versions={"numpy": "2"},
        notes=("ä note",),
        figures=figures(oof),
        curves=curves(oof),
        slices=slices(oof),
    )


def test_it_is_read_back_as_it_was_and_numbers_stand_in_one_line(tmp_path: Path) -> None:
    written = result()
    text = written.to_json()
    (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
    assert read_result(tmp_path / "metrics.json") == written
    assert any(line.count(",") > 100 for line in text.splitlines())
    assert len(text.splitlines()) < 800


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format_version": 2}'])
def test_what_is_no_result_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "metrics.json").write_text(content)
    with pytest.raises(UsageError, match="is no result of 'warble-train evaluate'") as caught:
        read_result(tmp_path / "metrics.json")
    assert "\n" not in str(caught.value)


def test_an_unknown_field_is_refused(tmp_path: Path) -> None:
    fields = json.loads(result().to_json()) | {"more": 1}
    (tmp_path / "metrics.json").write_text(json.dumps(fields))
    with pytest.raises(UsageError, match="more"):
        read_result(tmp_path / "metrics.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_result(tmp_path / "absent.json")


def test_equal_results_give_equal_pictures(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for directory in (one, two):
        directory.mkdir()
        draw(result(BRANDS), directory)
    names = sorted(path.name for path in one.iterdir())
    assert len(names) == 10
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert b"average precision" not in (one / "roc.svg").read_bytes()
