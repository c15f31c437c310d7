"""The one classify function that all contenders call, so that they differ in their framework and in nothing else.

TensorFlow runs the brand notebook's BiLSTM over tweets that went through our compiled preprocessing, sorted by length
in slices of 8,000 and cut at 16,384 padded tokens. Ours runs the very same with ``WARBLE_MODEL__ENGINE=tensorflow``.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from model.classifier import Classified, Classifier

BUNDLE: Final = "brands-notebook"
SLICE: Final = 8_000
MAX_TOKENS: Final = 16_384

Answer = Classified


@cache
def classifier() -> Classifier:
    """Load the network once a process, warm. Called before the framework is started, where it lets us."""
    return Classifier.load(BUNDLE, engine="tensorflow", device="cpu", max_tokens=MAX_TOKENS)


def classify(texts: Sequence[str]) -> list[Answer]:
    """Label texts, in order."""
    label = classifier().classify
    return [answer for start in range(0, len(texts), SLICE) for answer in label(texts[start : start + SLICE])]
