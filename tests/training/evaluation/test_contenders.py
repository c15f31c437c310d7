from pathlib import Path

import pytest

from model.errors import UsageError
from tests.factories import tiny_bundle
from tests.training import small
from tests.training.evaluation.small_data import write_brands, write_hate
from training.evaluation.contenders import BASELINES, Overrides, contender, data_set_of
from training.precision import Precision
from training.weighting import ClassWeighting

NOTHING = Overrides()


def test_the_data_set_is_told_by_its_columns(tmp_path: Path) -> None:
    assert data_set_of(write_hate(tmp_path / "one.csv")) == "hate"
    assert data_set_of(write_brands(tmp_path / "two.csv")) == "brands"


def test_one_column_is_enough_so_that_the_reader_can_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("id,text\n")
    assert data_set_of(tmp_path / "some.csv") == "hate"


@pytest.mark.parametrize("content", ["", "a,b\n", '"'])
def test_columns_of_neither_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "odd.csv").write_text(content)
    with pytest.raises(UsageError, match=r"neither the columns of brands \(tweet_text, .*\) nor those of hate \(id"):
        data_set_of(tmp_path / "odd.csv")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no data file"):
        data_set_of(tmp_path / "absent.csv")


def test_a_preset_brings_its_data_set_and_split_and_takes_overrides(tmp_path: Path) -> None:
    overrides = Overrides(seed=3, weighting=ClassWeighting.NONE, max_epochs=2)
    found = contender("brands-tfidf", tmp_path / "unread.csv", overrides)
    assert found.preset is not None
    assert (found.kind, found.data, found.split.test_share) == ("preset", "brands", 0.15)
    assert (found.preset.seed, found.preset.fit.class_weighting, found.preset.fit.max_epochs) == (3, "none", 2)


@pytest.mark.parametrize("what", BASELINES)
def test_baselines_are_split_as_the_studies_recurrent_networks(tmp_path: Path, what: str) -> None:
    split = contender(what, write_hate(tmp_path / "hate.csv"), NOTHING).split
    assert (split.test_share, split.stratified, split.random_state) == (0.1, True, 6464)
    split = contender(what, write_brands(tmp_path / "brands.csv"), NOTHING).split
    assert (split.test_share, split.validation_share, split.stratified, split.random_state) == (0.2, 0.2, False, 67)


def test_a_bundle_is_found_by_name_and_by_directory(tmp_path: Path) -> None:
    assert contender("brands", tmp_path / "unread.csv", NOTHING).kind == "bundle"
    assert contender(str(tiny_bundle(tmp_path / "tiny")), tmp_path / "unread.csv", NOTHING).data == "brands"


def test_a_bundle_of_another_task_is_refused(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny", task="spam")
    with pytest.raises(UsageError, match="for the task 'spam'"):
        contender(str(bundle), tmp_path / "unread.csv", NOTHING)


def test_what_is_nothing_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing is called 'logstic': there are prior, logistic.*brands-bilstm"):
        contender("logstic", tmp_path / "unread.csv", NOTHING)


@pytest.mark.parametrize(
    ("overrides", "option"),
    [
        (Overrides(weighting=ClassWeighting.NONE), "--weighting"),
        (Overrides(max_epochs=3), "--max-epochs"),
        (Overrides(glove=Path("glove.txt")), "--glove"),
        (Overrides(precision=Precision.FLOAT32), "--precision"),
    ],
)
def test_options_of_presets_are_refused_elsewhere(tmp_path: Path, overrides: Overrides, option: str) -> None:
    for what in ("prior", "brands"):
        with pytest.raises(UsageError, match=f"{option} is for presets only, and '{what}' is none"):
            contender(what, write_hate(tmp_path / "hate.csv"), overrides)


def test_a_preset_of_your_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = small.write_preset(tmp_path / "mine.toml")
    assert contender(str(path), tmp_path / "unread.csv", NOTHING).kind == "preset"
