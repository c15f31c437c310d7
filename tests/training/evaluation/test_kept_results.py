"""The result files that are kept in the repository."""

from importlib.resources import files
from pathlib import Path

import pytest

from training.evaluation.result import read_result

RESULTS = sorted(Path(str(files("training") / "results")).glob("*.json"))


def test_there_are_some() -> None:
    assert RESULTS


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_each_is_what_its_name_says_small_and_made_from_these_data(path: Path) -> None:
    result = read_result(path)
    name, protocol = path.stem.rsplit(".", 1)
    assert protocol == result.protocol
    # A baseline's own name does not say which data; a variant's goes on.
    assert name.removeprefix(f"{result.data}-").startswith(result.candidate.removeprefix(f"{result.data}-"))
    assert path.stat().st_size < 60_000
    assert len(result.data_digest) == 64
    assert result.figures.tweets == sum(fold.test for fold in result.folds)
    if protocol == "grouped":
        assert result.twins_in_training == 0
        assert result.figures.tweets == result.clusters
