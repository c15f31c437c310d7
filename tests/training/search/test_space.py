from pathlib import Path

import pytest

from model.architecture.config import BatchNormalization, Dense, Dropout
from model.errors import UsageError
from tests.training.search import small
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import SearchSpace
from training.search.space import Values, names, with_values
from training.search.toml import to_toml
from training.search.trial import FoldScore, Trial, load_trial, save_trial
from training.search.tuner import run_trials

TWO_LAYERS: Values = {
    "optimizer": "rmsprop",
    "learning_rate": 0.01,
    "dense_layers": 2,
    "units_1": 32,
    "activation_1": "tanh",
    "dropout_1": 0.5,
    "units_2": 8,
    "activation_2": "relu",
    "dropout_2": 0.0,
}
SPACE = SearchSpace(
    optimizers=("adam", "sgd"),
    learning_rates=(0.01, 0.001),
    dense_layers=(0, 1, 2),
    dense_units=(4, 8),
    activations=("relu",),
    dropouts=(0.0,),
)


def scored(number: int, values: Values, macro_f1: float = 0.5) -> Trial:
    return Trial(number=number, values=values, folds=(FoldScore(macro_f1=macro_f1, epochs=1, seconds=1.0),))


def drawn(space: SearchSpace, trials: int, seed: int) -> list[Values]:
    """Values of each trial of a search in which every second one fails."""
    seen: list[Values] = []

    def run(number: int, values: Values) -> Trial:
        assert number == len(seen)
        seen.append(values)
        return scored(number, values) if number % 2 else Trial(number=number, values=values, failure="diverged")

    assert run_trials(space, trials=trials, seed=seed, run=run) == len(seen)
    return seen


def test_the_draws_follow_from_the_seed_alone_and_more_of_them_begin_with_the_same_ones() -> None:
    ten = drawn(SPACE, 10, 0)
    assert drawn(SPACE, 10, 0) == ten
    assert drawn(SPACE, 4, 0) == ten[:4]
    assert drawn(SPACE, 10, 1) != ten


def test_nothing_is_drawn_twice_and_a_layer_s_values_only_where_there_is_the_layer() -> None:
    values = drawn(SPACE, 12, 3)
    assert len({tuple(sorted(some.items())) for some in values}) == 12
    for some in values:
        layers = range(1, int(some["dense_layers"]) + 1)
        parts = {f"{part}_{number}" for number in layers for part in ("units", "activation", "dropout")}
        assert some.keys() == {"optimizer", "learning_rate", "dense_layers"} | parts
        assert set(names(SPACE)) >= some.keys()
    assert {some["dense_layers"] for some in values} == {0, 1, 2}


def test_a_space_that_is_exhausted_ends_the_search() -> None:
    space = SPACE.model_copy(update={"optimizers": ("adam",), "learning_rates": (0.01,), "dense_layers": (0,)})
    assert len(drawn(space, 5, 0)) == 1


@pytest.mark.parametrize("error", [UsageError("the disk is full"), OSError("no space"), KeyboardInterrupt()])
def test_what_is_not_the_values_fault_ends_the_search_as_itself(error: BaseException) -> None:
    def run(number: int, values: Values) -> Trial:
        del number, values
        raise error

    with pytest.raises(type(error)) as raised:
        run_trials(SPACE, trials=3, seed=0, run=run)
    assert raised.value is error


def test_nothing_goes_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    drawn(SPACE, 3, 0)
    assert capfd.readouterr().out == ""


def test_values_replace_the_hidden_dense_layers_and_the_optimizer_and_nothing_else() -> None:
    preset = load_preset("hate-narrow")
    changed = with_values(preset, TWO_LAYERS)
    assert changed.layers[:2] == preset.layers[:2]
    assert changed.layers[-1] == preset.layers[-1]
    assert changed.layers[2:-1] == (
        Dense(units=32, activation="tanh", l2=0.0),
        Dropout(rate=0.5),
        Dense(units=8, activation="relu", l2=0.0),
    )
    assert (changed.fit.optimizer, changed.fit.learning_rate) == ("rmsprop", 0.01)
    same = {"layers": preset.layers, "fit": preset.fit}
    assert changed.model_copy(update=same) == preset


def test_new_layers_are_normalised_and_regularised_as_the_preset_s_own() -> None:
    head = with_values(load_preset("hate-tuned"), TWO_LAYERS).layers[4:-1]
    assert head == (
        Dense(units=32, activation="tanh", l2=0.01),
        BatchNormalization(),
        Dropout(rate=0.5),
        Dense(units=8, activation="relu", l2=0.01),
        BatchNormalization(),
    )


def test_without_hidden_layers_only_the_output_layer_is_left_of_the_head() -> None:
    values: Values = {"optimizer": "adam", "learning_rate": 0.1, "dense_layers": 0}
    assert with_values(load_preset("brands-tfidf"), values).layers == load_preset("brands-tfidf").layers[-1:]


@pytest.mark.parametrize("name", packaged_presets())
def test_a_preset_that_is_written_is_read_as_the_same(name: str, tmp_path: Path) -> None:
    preset = load_preset(name)
    for number, written in enumerate(
        (preset, with_values(preset, TWO_LAYERS), with_values(preset, TWO_LAYERS | {"dense_layers": 0}))
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(to_toml(written, "two\nlines"), encoding="utf-8")
        assert load_preset(str(path)) == written


def test_any_text_and_number_survives_being_written(tmp_path: Path) -> None:
    odd = small.preset(description='a "quoted" \\ back\tslash\n\x7f\x01 é 😀 # no comment', study=())
    odd = odd.model_copy(update={"fit": odd.fit.model_copy(update={"learning_rate": 1e-05})})
    path = tmp_path / "odd.toml"
    path.write_text(to_toml(odd, ""), encoding="utf-8")
    assert load_preset(str(path)) == odd


def test_a_trial_is_read_as_it_was_written_and_never_as_another_s(tmp_path: Path) -> None:
    trial = scored(7, TWO_LAYERS)
    save_trial(trial, tmp_path)
    assert load_trial(tmp_path, 7, TWO_LAYERS) == trial
    assert load_trial(tmp_path, 8, TWO_LAYERS) == Trial(number=8, values=TWO_LAYERS)
    with pytest.raises(UsageError, match="is a trial of other values"):
        load_trial(tmp_path, 7, TWO_LAYERS | {"units_1": 64})
    (tmp_path / "trial-0007.json").write_text("{")
    with pytest.raises(UsageError, match="is not a readable trial: delete it"):
        load_trial(tmp_path, 7, TWO_LAYERS)


def test_the_score_is_the_mean_over_the_folds() -> None:
    folds = tuple(FoldScore(macro_f1=value, epochs=2, seconds=1.5) for value in (0.4, 0.6))
    trial = Trial(number=0, values={}, folds=folds)
    assert (trial.macro_f1, trial.seconds) == (0.5, 3.0)
    assert trial.spread == pytest.approx(0.1)
    assert trial.finished(2)
    assert not trial.finished(3)
    assert Trial(number=0, values={}, failure="diverged").finished(3)
