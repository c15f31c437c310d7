"""How often drift rings in vain, and how soon on a real shift: what the thresholds of alerts are chosen by.

The reference of a study's bundle counts the test part of the study's split. Quiet windows are drawn, with replacement,
from the validation part: as unseen by the training, and not what the reference was counted from. A flagship has learnt
from all tweets but those of its reference: for each quiet window the reference is drawn anew from them, too, as a
bootstrap does, so that the two differ by chance as two samples of these sizes do. Then general tweets follow.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bench.errors import BenchError
from model.classifier import Classifier
from model.preprocessing.encoder import Encoded
from model.reference import FEATURES, Reference, Traits
from stream.drift import Drift
from stream.settings import DriftSettings
from training.data.datasets import DatasetName, read_tweets
from training.data.splits import split_rows
from training.data.tweets import LabelledTweets
from training.flagship.corpus import Corpus
from training.flagship.fold import final_fold
from training.flagship.recipe import load_recipe
from training.presets.preset import load_preset
from training.reference import reference_of

Measure = Literal["distance", "index"]
MEASURES: Final[tuple[Measure, ...]] = ("distance", "index")
THRESHOLDS: Final[Mapping[Measure, float]] = {"distance": 0.1, "index": 0.1}
"""From which on an alert rings."""
STUDIES: Final[Mapping[str, tuple[str, str]]] = {
    "brands-notebook": ("brands-bilstm", "brands.csv"),
}
"""Bundle to the preset that it was trained from, and its file."""
BUNDLES: Final = (*STUDIES, "brands", "hate")
GENERAL: Final = "tweets_sentiment140_100k.txt"
WINDOWS: Final = 100
_STEP: Final = 100
_SEED: Final = 20_260_101

Figures = dict[tuple[str, Measure], float]
"""By feature and measure."""


class _HeldOut(NamedTuple):
    """What a bundle's training has not seen."""

    tweets: Traits
    reference: Callable[[np.random.Generator], Reference]


class _Read(NamedTuple):
    """Tweets as a bundle reads and labels them."""

    encoded: list[Encoded]
    probabilities: npt.NDArray[np.float32]
    traits: Traits


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
    unseen, reference = _from_study(data, classifier) if bundle in STUDIES else _from_recipe(data, classifier)
    general = _general(data, classifier, window)
    chance = np.random.default_rng(_SEED)
    quiet = []
    for _ in range(WINDOWS):
        drift = Drift(reference(chance), settings)
        drift.observe(_rows(unseen, chance.integers(len(unseen.labels), size=window)))
        quiet.append(_figures(drift))
    shifted = Drift(_reference(classifier), settings)
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


def _reference(classifier: Classifier) -> Reference:
    if classifier.metadata.reference is None:
        raise BenchError(f"bundle '{classifier.name}' has no reference: 'warble-train reference' adds it")
    return classifier.metadata.reference


def _from_study(data: Path, classifier: Classifier) -> _HeldOut:
    name, file = STUDIES[classifier.name]
    preset = load_preset(name)
    tweets = _tweets(preset.data, data, file)
    split = split_rows(tweets.targets, preset.split)
    reference = _reference(classifier)
    return _HeldOut(_read(classifier, [tweets.texts[row] for row in split.validation]).traits, lambda _: reference)


def _from_recipe(data: Path, classifier: Classifier) -> _HeldOut:
    recipe = load_recipe(classifier.name)
    fold = final_fold(Corpus(_tweets(recipe.task, data, recipe.data.labelled)), recipe.seed)
    found = _read(classifier, fold.texts(fold.split.validation))
    threshold = classifier.metadata.threshold

    def redrawn(chance: np.random.Generator) -> Reference:
        rows = chance.integers(len(found.encoded), size=len(found.encoded))
        encoded = [found.encoded[row] for row in rows]
        return reference_of(
            classifier.labels, encoded, found.probabilities[rows], threshold.value if threshold else None
        )

    return _HeldOut(found.traits, redrawn)


def _tweets(task: DatasetName, data: Path, file: str) -> LabelledTweets:
    return read_tweets(task, _present(data / file))


def _general(data: Path, classifier: Classifier, number: int) -> Traits:
    lines = _present(data / GENERAL).read_text("utf-8", "replace").split("\n")
    return _read(classifier, lines[:number]).traits


def _present(file: Path) -> Path:
    if not file.is_file():
        raise BenchError(f"there is no {file}: name the directory of the data sets with TWEETS_DATA")
    return file


def _read(classifier: Classifier, texts: list[str]) -> _Read:
    encoded = [classifier.encode(text) for text in texts]
    predictions = classifier.predict([row.ids for row in encoded])
    traits = Traits(
        labels=predictions.labels,
        confidence=predictions.probabilities.max(axis=1),
        words=np.array([len(row.ids) for row in encoded], np.int32),
        unknown=np.array([row.unknown for row in encoded], np.int32),
    )
    return _Read(encoded, predictions.probabilities, traits)


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
