import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from model.errors import UsageError
from tests.training.flagship import sample
from tests.training.refusals import refusal
from training.data.datasets import DatasetName
from training.flagship.recipe import load_recipe, packaged_recipes

TEXT = sample.recipe_text()
FIELDS = [number for number, line in enumerate(TEXT.splitlines()) if re.match(r"\w+ = ", line)]


def test_there_is_a_recipe_for_every_task() -> None:
    assert sorted(get_args(DatasetName)) == packaged_recipes()
    for name in packaged_recipes():
        recipe = load_recipe(name)
        assert (recipe.name, recipe.task) == (name, name)


@pytest.mark.parametrize("number", FIELDS)
def test_every_field_is_required(tmp_path: Path, number: int) -> None:
    lines = TEXT.splitlines()
    key = lines.pop(number).partition(" = ")[0]
    text = "\n".join(lines)
    tomllib.loads(text)
    assert key in refusal(load_recipe, tmp_path / "r.toml", text)


@pytest.mark.parametrize("section", re.findall(r"^\[[\w.]+\]$", TEXT, re.MULTILINE))
def test_an_unknown_field_is_refused_wherever_it_stands(tmp_path: Path, section: str) -> None:
    assert "speed" in refusal(load_recipe, tmp_path / "r.toml", TEXT.replace(section, f"{section}\nspeed = 1", 1))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("task", '"tea"'),
        ("folds", "1"),
        ("seed", "-1"),
        ("teacher.seeds", "[1.5]"),
        ("teacher.epochs", "0"),
        ("teacher.learning_rate", "nan"),
        ("teacher.warmup", "1.0"),
        ("ensemble.shares", "[]"),
        ("ensemble.shares", "[1.5]"),
        ("linear.penalties", "[]"),
        ("linear.words", "[1]"),
        ("teacher.max_pieces", "513"),
        ("augmentation.drop", "-1.0"),
        ("transfer.labels_share", "2.0"),
        ("version", '"two point oh"'),
        ("student.learning_rate", "0.0"),
        ("student.max_length", "0"),
        ("student.warmup", "1.5"),
        ("student.pooling", '["sum"]'),
        ("student.pooling", '["max", "max"]'),
        ("student.vocabulary.longest_piece", "1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, key: str, value: str) -> None:
    key_alone = key.rpartition(".")[2]
    assert key_alone in refusal(load_recipe, tmp_path / "r.toml", sample.recipe_text(changes={key: value}))


def test_a_student_that_is_too_large_to_be_served_is_refused(tmp_path: Path) -> None:
    text = sample.recipe_text(changes={"student.units": "900000"})
    assert "parameters are served" in refusal(load_recipe, tmp_path / "r.toml", text)


def test_an_augmentation_must_do_something(tmp_path: Path) -> None:
    nothing = re.sub(r"^(drop|span|splice|replace) = .*$", r"\1 = 0.0", TEXT, flags=re.MULTILINE)
    assert "give one of them a weight" in refusal(load_recipe, tmp_path / "r.toml", nothing)


@pytest.mark.parametrize("text", ["", "= nothing", "name = 'brands'"])
def test_what_is_no_recipe_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    refusal(load_recipe, tmp_path / "r.toml", text)


def test_an_unknown_name_lists_the_known_ones_and_a_missing_file_is_named() -> None:
    with pytest.raises(UsageError, match=r"no recipe 'brand': there are brands, hate"):
        load_recipe("brand")
    with pytest.raises(UsageError, match=r"absent\.toml cannot be read"):
        load_recipe("absent.toml")
