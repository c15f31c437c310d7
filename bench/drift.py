"""How often drift rings in vain, and how soon on a real shift: what the thresholds of alerts are chosen by.

A bundle's reference counts the test part of its study's split. Quiet windows are drawn, with replacement, from the
validation part: as unseen by the training, and not what the reference was counted from. Then general tweets follow.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.errors import BenchError
from model.classifier import Classifier
from model.reference import FEATURES, Traits
from stream.drift import Drift
from stream.settings import DriftSettings
from training.data.datasets import DatasetName, read_tweets
from training.data.splits import split_rows
from training.presets.preset import load_preset

Measure = Literal["distance", "index"]
MEASURES: Final[tuple[Measure, ...]] = ("distance", "index")
THRESHOLDS: Final[Mapping[Measure, float]] = {"distance": 0.1, "index": 0.1}
"""From which on an alert rings."""
STUDIES: Final[Mapping[str, tuple[str, str]]] = {
    "brands-notebook": ("brands-bilstm", "brands.csv"),
    "hate": ("hate-narrow", "hate_train.csv"),
}
"""Bundle to the preset that it was trained from, and its file."""
GENERAL: Final = "tweets_sentiment140_100k.txt"
WINDOWS: Final = 100
_STEP: Final = 100
_SEED: Final = 20_260_101

Figures = dict[tuple[str, Measure], float]
"""By feature and measure."""


class Found(NamedTuple):
    """What one bundle's windows of one length show."""

    bundle: str
    window: int
    quiet: list[Figures]
    """Of each quiet window."""
    general: Figures
    """Of a window of general tweets only."""
    rings_after: Mapping[tuple[str, Measure], int | None]
    """General tweets, after a quiet window, until the threshold is passed; None: never within a window."""

    def false_alarms(self, feature: str, measure: Measure) -> int:
        """Count the quiet windows that ring."""
        return sum(figures[feature, measure] > THRESHOLDS[measure] for figures in self.quiet)

    @property
    def windows_with_a_false_alarm(self) -> int:
        """Count the quiet windows in which anything rings."""
        return sum(
            any(value > THRESHOLDS[measure] for (_, measure), value in figures.items()) for figures in self.quiet
        )


def measure(data: Path, bundle: str, window: int) -> Found:
    """Fill windows with quiet and with general tweets. Raises BenchError where the data are not."""
    classifier = Classifier.load(bundle, engine="onnx", device="cpu")
    settings = DriftSettings(window=window, min_tweets=min(window, 1_000))
    unseen, general = _validation(data, classifier, bundle), _general(data, classifier, window)
    chance = np.random.default_rng(_SEED)
    quiet = []
    for _ in range(WINDOWS):
        drift = _drift(classifier, settings)
        drift.observe(_rows(unseen, chance.integers(len(unseen.labels), size=window)))
        quiet.append(_figures(drift))
    shifted = _drift(classifier, settings)
    shifted.observe(_rows(unseen, chance.integers(len(unseen.labels), size=window)))
    rings_after: dict[tuple[str, Measure], int | None] = {(f, m): None for f in FEATURES for m in MEASURES}
    for seen, part in _parts(general):
        shifted.observe(part)
        for key, value in _figures(shifted).items():
            if rings_after[key] is None and value > THRESHOLDS[key[1]]:
                rings_after[key] = seen
    return Found(bundle, window, quiet, _figures(shifted), rings_after)


def table(found: list[Found]) -> str:
    """Return what was found as a Markdown table."""
    lines = [
        "| bundle | window | feature | measure | quiet: median, most | false alarms | general tweets | rings after |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        for feature in FEATURES:
            for kind in MEASURES:
                values = [figures[feature, kind] for figures in one.quiet]
                after = one.rings_after[feature, kind]
                lines.append(
                    f"| `{one.bundle}` | {one.window:,} | `{feature}` | {kind} | {median(values):.3f}, "
                    f"{max(values):.3f} | {one.false_alarms(feature, kind)} | {one.general[feature, kind]:.3f} | "
                    f"{'never' if after is None else f'{after:,}'} |"
                )
    lines += ["", f"Quiet windows in which anything rings, of {WINDOWS}:", ""]
    lines += [f"- `{one.bundle}`, window of {one.window:,}: {one.windows_with_a_false_alarm}" for one in found]
    return "\n".join(lines) + "\n"


def _drift(classifier: Classifier, settings: DriftSettings) -> Drift:
    if classifier.metadata.reference is None:
        raise BenchError(f"bundle '{classifier.name}' has no reference: 'warble-train reference' adds it")
    return Drift(classifier.metadata.reference, settings)


def _validation(data: Path, classifier: Classifier, bundle: str) -> Traits:
    name, file = STUDIES[bundle]
    preset = load_preset(name)
    dataset: DatasetName = preset.data
    if not (data / file).is_file():
        raise BenchError(f"there is no {data / file}: name the directory of the data sets with TWEETS_DATA")
    tweets = read_tweets(dataset, data / file)
    split = split_rows(tweets.targets, preset.split)
    return _traits(classifier, [tweets.texts[row] for row in split.validation])


def _general(data: Path, classifier: Classifier, number: int) -> Traits:
    if not (data / GENERAL).is_file():
        raise BenchError(f"there is no {data / GENERAL}: name the directory of the data sets with TWEETS_DATA")
    lines = (data / GENERAL).read_text("utf-8", "replace").split("\n")
    return _traits(classifier, lines[:number])


def _traits(classifier: Classifier, texts: list[str]) -> Traits:
    encoded = [classifier.encode(text) for text in texts]
    predictions = classifier.predict([row.ids for row in encoded])
    return Traits(
        labels=predictions.labels,
        confidence=predictions.probabilities.max(axis=1),
        words=np.array([len(row.ids) for row in encoded], np.int32),
        unknown=np.array([row.unknown for row in encoded], np.int32),
    )


def _rows(tweets: Traits, rows: npt.NDArray[np.int64] | slice) -> Traits:
    return Traits(tweets.labels[rows], tweets.confidence[rows], tweets.words[rows], tweets.unknown[rows])


def _parts(tweets: Traits) -> Iterator[tuple[int, Traits]]:
    """Yield tweets a step at a time, with how many there were by then."""
    for start in range(0, len(tweets.labels), _STEP):
        part = _rows(tweets, slice(start, start + _STEP))
        yield start + len(part.labels), part


def _figures(drift: Drift) -> Figures:
    figures: Figures = {}
    for feature in FEATURES:
        figures[feature, "distance"] = drift.jensen_shannon_distance(feature)
        figures[feature, "index"] = drift.population_stability_index(feature)
    return figures
