import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from model.errors import UsageError
from tests.training.refusals import refusal
from training.data.datasets import DatasetName
from training.flagship.recipe import load_recipe, packaged_recipes

TEXT = (files("training.flagship.recipes") / "brands.toml").read_text("utf-8")
KEYS = re.findall(r"^(\w+) = ", TEXT, re.MULTILINE)


def test_there_is_a_recipe_for_every_task() -> None:
    assert sorted(get_args(DatasetName)) == packaged_recipes()
    for name in packaged_recipes():
        recipe = load_recipe(name)
        assert (recipe.name, recipe.task) == (name, name)


@pytest.mark.parametrize("key", KEYS)
def test_every_field_is_required(tmp_path: Path, key: str) -> None:
    text = re.sub(rf"^{key} = .*$", "", TEXT, flags=re.MULTILINE)
    tomllib.loads(text)
    assert key in refusal(load_recipe, tmp_path / "r.toml", text)


@pytest.mark.parametrize("section", re.findall(r"^\[\w+\]$", TEXT, re.MULTILINE))
def test_an_unknown_field_is_refused_wherever_it_stands(tmp_path: Path, section: str) -> None:
    assert "speed" in refusal(load_recipe, tmp_path / "r.toml", TEXT.replace(section, f"{section}\nspeed = 1", 1))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("task", '"tea"'),
        ("folds", "1"),
        ("seed", "-1"),
        ("seeds", "[1.5]"),
        ("epochs", "0"),
        ("learning_rate", "nan"),
        ("warmup", "1.0"),
        ("shares", "[]"),
        ("shares", "[1.5]"),
        ("penalties", "[]"),
        ("words", "[1]"),
        ("max_pieces", "513"),
        ("drop", "-1.0"),
        ("labels_share", "2.0"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, key: str, value: str) -> None:
    refusal(load_recipe, tmp_path / "r.toml", re.sub(rf"^{key} = .*$", f"{key} = {value}", TEXT, flags=re.MULTILINE))


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
