import re
import tomllib
from pathlib import Path

import pytest

from model.architecture.config import LSTM, Architecture, EmbeddingConfig
from model.errors import UsageError
from tests.training.refusals import refusal
from tests.training.small import preset_text
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import RecurrentPreset
from training.weighting import ClassWeighting

KEYS = sorted(set(re.findall(r"^(\w+) = ", preset_text(), flags=re.MULTILINE)))


def test_every_packaged_preset_loads_under_its_own_name() -> None:
    assert "brands-bilstm" in packaged_presets()
    for name in packaged_presets():
        assert load_preset(name).name == name


@pytest.mark.parametrize("field", ["seed", "random_state"])
def test_a_seed_that_no_generator_takes_is_refused(tmp_path: Path, field: str) -> None:
    text = re.sub(rf"^{field} = \d+$", f"{field} = {2**32}", preset_text(), flags=re.MULTILINE)
    assert f"{field}: Input should be less than or equal to {2**32 - 1}" in refusal(
        load_preset, tmp_path / "my.toml", text
    )


@pytest.mark.parametrize(
    ("given", "instead", "says"),
    [
        ("return_sequences = false", "return_sequences = true", "must return sequences, and no other may"),
        (
            "dense_units = [",
            "dense_units = [2_000_000, ",
            "search.dense_units.0: Input should be less than or equal to",
        ),
        ("dropouts = [", "dropouts = [1.5, ", "search.dropouts.0: Input should be less than 1"),
    ],
)
def test_layers_that_make_no_network_are_refused(tmp_path: Path, given: str, instead: str, says: str) -> None:
    assert given in preset_text()
    assert says in refusal(load_preset, tmp_path / "my.toml", preset_text().replace(given, instead))


def recurrent(name: str) -> RecurrentPreset:
    preset = load_preset(name)
    assert isinstance(preset, RecurrentPreset)
    return preset


def parameters(preset: RecurrentPreset, words: int) -> int:
    embedding = EmbeddingConfig(rows=words, dimension=preset.embedding.dimension, trainable=preset.embedding.trainable)
    return Architecture(embedding=embedding, layers=preset.layers).trainable_parameters


def test_the_study_s_network_has_14828_trainable_parameters() -> None:
    assert parameters(recurrent("brands-bilstm"), 10_000) == 14_828


@pytest.mark.parametrize(
    ("name", "megabytes"), [("hate-narrow", 11.9), ("hate-base", 38.9), ("hate-wide", 143.1), ("hate-long", 38.9)]
)
def test_the_hate_study_s_networks_have_the_sizes_that_they_are_known_by(name: str, megabytes: float) -> None:
    assert parameters(recurrent(name), 5_000) * 4 / 1e6 == pytest.approx(megabytes, abs=0.06)


def test_the_hate_study_s_best_network_is_as_its_text_says() -> None:
    preset = recurrent("hate-best")
    assert [layer.units for layer in preset.layers if isinstance(layer, LSTM)] == [1024, 512, 254]
    assert preset.tokenizer.num_words == 50_000
    assert preset.embedding.mask
    assert (preset.fit.learning_rate, preset.fit.batch_size, preset.fit.max_epochs, preset.fit.patience) == (
        0.0001,
        256,
        80,
        5,
    )


def test_the_study_s_settings_are_in_its_preset() -> None:
    preset = recurrent("brands-bilstm")
    assert preset.tokenizer.num_words == 10_000
    assert preset.preprocessing.max_length == 100
    assert (preset.split.test_share, preset.split.validation_share, preset.split.random_state) == (0.2, 0.2, 67)
    assert preset.fit.batch_size == 128
    assert preset.fit.class_weighting is ClassWeighting.LOSS


@pytest.mark.parametrize("key", KEYS)
def test_every_field_is_required(tmp_path: Path, key: str) -> None:
    text = re.sub(rf"^{key} = .*$", "", preset_text(), flags=re.MULTILINE)
    tomllib.loads(text)
    assert key in refusal(load_preset, tmp_path / "p.toml", text)


@pytest.mark.parametrize("section", ["[preprocessing]", "[fit]", "[split]", "[embedding]", "[tokenizer]", "[[layers]]"])
def test_an_unknown_field_is_refused_wherever_it_stands(tmp_path: Path, section: str) -> None:
    text = refusal(load_preset, tmp_path / "p.toml", preset_text().replace(section, f"{section}\nspeed = 1", 1))
    assert "speed" in text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("batch_size", "0"),
        ("batch_size", "128.0"),
        ("learning_rate", "nan"),
        ("learning_rate", "-0.1"),
        ("max_epochs", '"ten"'),
        ("class_weighting", '"sideways"'),
        ("num_words", "1"),
        ("test_share", "1.5"),
        ("seed", "-1"),
        ("data", '"tea"'),
        ("seed", "1979-05-27"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, key: str, value: str) -> None:
    refusal(load_preset, tmp_path / "p.toml", preset_text(**{key: value}))


@pytest.mark.parametrize("text", ["", "= nothing", "name = 'brands-bilstm'"])
def test_what_is_no_preset_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    refusal(load_preset, tmp_path / "p.toml", text)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no preset 'brand-bilstm': there are .*brands-bilstm"):
        load_preset("brand-bilstm")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load_preset(str(tmp_path / "absent.toml"))


def test_the_command_line_overrides_seed_weighting_and_epochs_only() -> None:
    preset = load_preset("brands-bilstm")
    changed = preset.changed(seed=3, weighting=ClassWeighting.NONE, max_epochs=2)
    assert (changed.seed, changed.fit.class_weighting, changed.fit.max_epochs) == (3, ClassWeighting.NONE, 2)
    assert preset.changed() == preset
    assert changed.changed(seed=preset.seed, weighting=preset.fit.class_weighting, max_epochs=128) == preset
