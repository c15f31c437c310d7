from pathlib import Path

import pytest

from model.architecture.config import (
    LSTM,
    Architecture,
    Dense,
    EmbeddingConfig,
    Pooling,
    SpatialDropout,
    TokenDropout,
)
from model.bundle.read import load_bundle
from model.description import describe, print_description
from tests.factories import WORDS, tiny_bundle, without_a_mask


def test_each_layer_is_told_in_words(tmp_path: Path) -> None:
    description = describe(load_bundle(tiny_bundle(tmp_path / "it", architecture=without_a_mask(20))))
    assert description["layers"] == [
        "bidirectional LSTM 3, sequences, dropout 0.3",
        "batch normalisation",
        "bidirectional LSTM 4, dropout 0.3",
        "batch normalisation",
        "dense 5 relu, L2 0.02",
        "dense 4 softmax",
    ]
    assert description["architecture"]["embedding"]["columns"] == 20


def test_what_pools_and_drops_is_told_in_words(tmp_path: Path) -> None:
    architecture = Architecture(
        embedding=EmbeddingConfig(rows=len(WORDS) + 1, dimension=4, trainable=True),
        layers=(
            TokenDropout(rate=0.1),
            SpatialDropout(rate=0.2),
            LSTM(units=3, return_sequences=True),
            Pooling(kinds=("max", "attention")),
            Dense(units=4, activation="softmax"),
        ),
    )
    assert describe(load_bundle(tiny_bundle(tmp_path / "it", architecture=architecture)))["layers"] == [
        "token dropout 0.1",
        "spatial dropout 0.2",
        "LSTM 3, sequences",
        "max + attention pooling",
        "dense 4 softmax",
    ]


def test_what_only_training_does_is_not_told_where_it_is_off(tmp_path: Path) -> None:
    assert describe(load_bundle(tiny_bundle(tmp_path / "it")))["layers"] == [
        "bidirectional LSTM 3, sequences",
        "LSTM 5",
        "dense 4 swish",
        "dropout 0.5",
        "dense 4 softmax",
    ]


def test_what_a_bundle_says_of_itself_cannot_draw_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\u202e"
    path = tiny_bundle(tmp_path / "it", metrics={evil: {evil: evil}, "f1": 0.5}, built_with={evil: evil})
    print_description(describe(load_bundle(path)))
    shown = capsys.readouterr().out
    assert shown.count("x1b[2J") >= 5
    assert "\x1b" not in shown
    assert "\u202e" not in shown
