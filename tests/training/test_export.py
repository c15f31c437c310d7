"""What a bundle's card and metadata say of the run that it came from."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from model.bundle.read import load_bundle
from tests.training.search import small
from training.export import grouped_result
from training.fit import Request, fit
from training.precision import Precision
from training.presets.preset import load_preset
from training.presets.schema import RecurrentPreset
from training.progress import ConsoleReporter
from training.weighting import ClassWeighting


def test_a_cross_validation_is_quoted_of_the_very_preset_only() -> None:
    preset = load_preset("brands-bilstm")
    assert isinstance(preset, RecurrentPreset)
    for same in (preset, preset.changed(seed=1)):
        found = grouped_result(same)
        assert found is not None
        assert (found.candidate, found.protocol) == ("brands-bilstm", "grouped")
    for other in (
        preset.changed(weighting=ClassWeighting.OUTPUT_BIAS),
        preset.changed(max_epochs=1),
        preset.model_copy(update={"name": "mine"}),
    ):
        assert grouped_result(other) is None


@pytest.fixture(scope="module")
def thinned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A network with one output, trained on half of its training part and compared; and what was said."""
    directory, log = tmp_path_factory.mktemp("thinned"), io.StringIO()
    request = Request(
        preset=small.preset(),
        data=small.write_tweets(directory / "tweets.csv"),
        glove=None,
        out=directory / "small",
        name="small",
        version="1",
        work_dir=None,
        compare=True,
        overwrite=False,
        subset=0.5,
        precision=Precision.FLOAT32,
    )
    with ConsoleReporter(Console(file=log, force_terminal=False, width=200)) as reporter:
        path = fit(request, reporter)
    return path, log.getvalue()


def test_a_network_with_one_output_is_compared_with_what_it_can_be_trained_as(thinned: tuple[Path, str]) -> None:
    others = load_bundle(thinned[0]).metadata.metrics["other_weightings"]
    assert isinstance(others, dict)
    assert list(others) == ["none"]
    assert "not compared: class weighting output-bias, which needs an output a label" in thinned[1]


def test_a_card_says_that_only_a_share_was_trained_on(thinned: tuple[Path, str]) -> None:
    card = (thinned[0] / "MODEL_CARD.md").read_text()
    assert "Of the training and the validation part only\n50 % were used." in card
    assert "--weighting loss --precision float32 --subset 0.5 --compare\n" in card
