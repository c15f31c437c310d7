"""A bundle that exists gets its reference histograms anew."""

from pathlib import Path

import numpy as np

from model.bundle.read import Bundle
from model.bundle.write import replace_metadata
from model.classifier import Classifier
from model.errors import UsageError
from model.reference import Reference
from training.data.datasets import read_tweets
from training.data.splits import split_rows
from training.data.tweets import class_shares
from training.presets.schema import Preset
from training.reference import reference_of

_ROUNDING = 1e-6


def add_reference(bundle: Bundle, preset: Preset, data: Path) -> Reference:
    """Count the test part of the preset's split as the bundle labels it, and write the counts into the bundle.

    Raises UsageError where preset, data and bundle do not belong together, or the bundle cannot be written.
    """
    metadata = bundle.metadata
    if preset.data != metadata.task:
        raise UsageError(
            f"preset '{preset.name}' is of task '{preset.data}', bundle '{metadata.name}' of '{metadata.task}': "
            "name the preset that it was trained from"
        )
    tweets = read_tweets(preset.data, data)
    split = split_rows(tweets.targets, preset.split)
    shares = class_shares(tweets.targets[split.train], len(tweets.labels))
    if tweets.labels != metadata.labels or not np.allclose(shares, metadata.prior, atol=_ROUNDING):
        raise UsageError(
            f"the training part of {data.name} under preset '{preset.name}' has the class shares {shares.tolist()}, "
            f"bundle '{metadata.name}' was trained on {list(metadata.prior)}: give the file and the preset that it was "
            "trained from, or it would be compared with tweets that it has seen"
        )
    classifier = Classifier.build(bundle, engine="onnx", device="cpu")
    encoded = [classifier.encode(tweets.texts[row]) for row in split.test]
    predictions = classifier.predict([row.ids for row in encoded])
    threshold = None if metadata.threshold is None else metadata.threshold.value
    reference = reference_of(metadata.labels, encoded, predictions.probabilities, threshold)
    try:
        replace_metadata(bundle, metadata.model_copy(update={"reference": reference}))
    except OSError as error:
        raise UsageError(
            f"bundle {bundle.path} cannot be written: {error.strerror}: copy it to where you may write, and name that"
        ) from None
    return reference
