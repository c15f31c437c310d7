"""Presets meet small data sets of our own writing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import UsageError
from tests.training import small
from tests.training.small_run import Silent
from training.data.datasets import read_tweets
from training.data.splits import Split, split_rows
from training.data.tweets import LabelledTweets
from training.precision import Precision
from training.prepare import prepare
from training.presets.preset import load_preset
from training.presets.schema import Preset
from training.recurrent import RecurrentPrepared
from training.tfidf import TfidfPrepared
from training.train import train
from training.weighting import ClassWeighting

WORDS = ("love", "hate", "day", "night", "friend", "rain", "sun")


def hate_tweets(count: int = 60) -> LabelledTweets:
    random = np.random.default_rng(1)
    texts = tuple(" ".join(random.choice(WORDS, size=random.integers(2, 9))) + "!" for _ in range(count - 1))
    return LabelledTweets(
        texts=(*texts, "?!"),
        targets=np.arange(count) % 2,
        labels=("hateful", "not_hateful"),
        without_text=0,
        rows=np.arange(count),
    )


def split_of(tweets: LabelledTweets, preset: Preset) -> Split:
    return split_rows(tweets.targets, preset.split)


@pytest.fixture(scope="module")
def hate() -> RecurrentPrepared:
    preset, tweets = load_preset("hate-narrow"), hate_tweets()
    prepared = prepare(preset, tweets, split_of(tweets, preset), glove=Path())
    assert isinstance(prepared, RecurrentPrepared)
    return prepared


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory, nltk_corpora: None) -> tuple[LabelledTweets, Path]:
    del nltk_corpora
    directory = tmp_path_factory.mktemp("brands")
    small.write_glove(directory / "glove.twitter.27B.25d.subset.txt")
    return read_tweets("brands", small.write_brands(directory / "brands.csv")), directory


def test_a_hate_preset_reads_words_as_keras_tokenizer_does_and_pads_to_its_length(hate: RecurrentPrepared) -> None:
    assert set(hate.vocabulary.words) == set(WORDS)
    assert hate.architecture.columns == 37
    assert hate.inputs(hate.split.test[:3]).take(np.arange(3)).shape == (3, 37)


def test_words_come_from_the_training_part_alone(hate: RecurrentPrepared) -> None:
    texts = list(hate.tweets.texts)
    for row in (*hate.split.validation, *hate.split.test):
        texts[row] = "unheard unseen"
    changed = prepare(hate.preset, replace(hate.tweets, texts=tuple(texts)), hate.split, glove=Path())
    assert isinstance(changed, RecurrentPrepared)
    assert changed.vocabulary == hate.vocabulary
    assert changed.unknown_share(hate.split.test).tolist() == [1.0] * len(hate.split.test)
    assert not len(changed.readable(hate.split.test))


def test_a_tweet_without_words_gets_the_prior_and_is_not_learned_from(hate: RecurrentPrepared) -> None:
    last = np.array([len(hate.tweets) - 1])
    assert not len(hate.readable(last))
    random = np.random.default_rng(1)
    shapes = hate.architecture.weight_shapes()
    weights = {name: random.normal(size=shape, scale=0.1).astype(np.float32) for name, shape in shapes.items()}
    assert hate.predictor(weights)(last)[0] == pytest.approx(hate.prior)
    both = hate.predictor(weights)(np.array([0, 1]))
    assert both.sum(axis=1) == pytest.approx(1)


def test_what_is_served_has_a_probability_a_label(hate: RecurrentPrepared) -> None:
    weights = {name: np.zeros(shape, np.float32) for name, shape in hate.architecture.weight_shapes().items()}
    assert hate.architecture.outputs == 1
    assert hate.served(weights)[0].outputs == 2


def test_one_output_has_no_bias_a_class(hate: RecurrentPrepared) -> None:
    preset = hate.preset.changed(weighting=ClassWeighting.OUTPUT_BIAS)
    with pytest.raises(UsageError, match="one output, so no bias a class"):
        prepare(preset, hate.tweets, hate.split, glove=Path())


def test_a_network_for_other_labels_is_refused(brands: tuple[LabelledTweets, Path]) -> None:
    preset = load_preset("hate-narrow")
    with pytest.raises(UsageError, match="has 1 outputs, its data 4 labels"):
        prepare(preset, brands[0], split_of(brands[0], preset), glove=brands[1])


@pytest.mark.parametrize(("units", "wanted"), [(1, "sigmoid"), (2, "softmax")])
def test_a_network_that_gives_no_probabilities_is_refused(hate: RecurrentPrepared, units: int, wanted: str) -> None:
    last = hate.preset.layers[-1].model_copy(update={"units": units, "activation": "tanh"})
    preset = hate.preset.model_copy(update={"layers": (*hate.preset.layers[:-1], last)})
    with pytest.raises(UsageError, match=f"ends in tanh, .* activation must be {wanted}"):
        prepare(preset, hate.tweets, hate.split, glove=Path())


def test_a_validation_part_without_words_is_refused(hate: RecurrentPrepared, tmp_path: Path) -> None:
    texts = list(hate.tweets.texts)
    for row in hate.split.validation:
        texts[row] = "?!"
    prepared = prepare(hate.preset, replace(hate.tweets, texts=tuple(texts)), hate.split, glove=Path())
    with pytest.raises(UsageError, match="no known word of the whole validation part"):
        train(prepared, tmp_path, Silent(), precision=Precision.FLOAT32)


def test_texts_without_words_are_refused(hate: RecurrentPrepared) -> None:
    silent = replace(hate.tweets, texts=("?!",) * len(hate.tweets))
    with pytest.raises(UsageError, match="leaves no word"):
        prepare(hate.preset, silent, hate.split, glove=Path())


@pytest.mark.parametrize("name", ["brands-tfidf", "brands-tfidf-weighted"])
def test_features_are_fitted_to_the_training_part_and_each_row_sums_to_1(
    brands: tuple[LabelledTweets, Path], name: str
) -> None:
    preset = load_preset(name)
    split = split_of(brands[0], preset)
    prepared = prepare(preset, brands[0], split, glove=brands[1])
    assert isinstance(prepared, TfidfPrepared)
    sums = prepared.inputs(split.test).take(np.arange(len(split.test))).sum(axis=1)
    assert sums == pytest.approx(1)
    alone = prepare(preset, brands[0], Split(split.train[:1], split.validation, split.test), glove=brands[1])
    assert 0 < alone.vocabulary_size < prepared.vocabulary_size


def test_the_study_s_weights_start_in_the_output_bias(brands: tuple[LabelledTweets, Path]) -> None:
    preset = load_preset("brands-tfidf-weighted")
    prepared = prepare(preset, brands[0], split_of(brands[0], preset), glove=brands[1])
    assert prepared.initial_weights["dense_4.bias"] == pytest.approx(prepared.class_weights)
    assert not prepared.under(ClassWeighting.LOSS).initial_weights
    assert prepared.under(ClassWeighting.LOSS).examples(prepared.split.train).weights.std() > 0


def test_a_run_s_identity_names_what_decides_its_weights(hate: RecurrentPrepared) -> None:
    run = hate.run(Precision.FLOAT32)
    renamed = replace(hate, preset=hate.preset.model_copy(update={"name": "other", "description": ""}))
    assert renamed.run(Precision.FLOAT32) == run
    swapped = replace(hate, split=Split(hate.split.train, hate.split.test, hate.split.validation))
    others = [
        (hate.run(Precision.BFLOAT16), {"precision"}),
        (replace(hate, preset=hate.preset.changed(seed=1)).run(Precision.FLOAT32), {"seed"}),
        (hate.under(ClassWeighting.NONE).run(Precision.FLOAT32), {"preset"}),
        (swapped.run(Precision.FLOAT32), {"preprocessing", "data"}),
    ]
    for other, differs in others:
        assert {key for key, value in run.items() if other[key] != value} <= differs
        assert other != run
