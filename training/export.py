"""A finished run as a bundle: everything that serving needs, and how good it is."""

import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

from model.bundle.metadata import Metadata
from model.bundle.write import write_bundle
from model.engines.choose import load_engine
from training.card import STUDY, model_card
from training.checkpoint import Checkpoint
from training.golden import GOLDEN_TEXTS
from training.held_out import Evaluation
from training.metrics import Scores
from training.prepare import Prepared
from training.reference import reference_histograms
from training.weighting import ClassWeighting

_PACKAGES: Final = ("warble", "keras", "tensorflow", "numpy", "nltk", "scikit-learn")
_DECIMALS: Final = 6


def export(
    prepared: Prepared,
    result: Checkpoint,
    evaluation: Evaluation,
    *,
    out: Path,
    name: str,
    version: str,
    others: Mapping[ClassWeighting, Scores],
    overwrite: bool,
) -> Path:
    """Write the bundle of a run's best epoch.

    Its golden answers come from TensorFlow, the framework that trained it, and are checked with ONNX Runtime before
    the bundle is published: an engine that understood the weights differently would not get this far.
    Raises UsageError if something is in the way at ``out``.
    """
    weights = result.best_weights
    built_with = _versions()
    metadata = Metadata(
        name=name,
        version=version,
        task=prepared.preset.data,
        labels=prepared.tweets.labels,
        prior=tuple(float(share) for share in prepared.prior),
        preprocessing=prepared.preset.preprocessing,
        architecture=prepared.architecture,
        built_with=built_with,
        metrics={
            "split": "test part of the study's split",
            "scores": _rounded(evaluation.scores),
            "constant_prediction": _rounded(evaluation.constant),
            "study": dict(STUDY),
            "other_weightings": {str(weighting): _rounded(scores) for weighting, scores in others.items()},
        },
        reference=reference_histograms(
            prepared.tweets.labels,
            [prepared.encoded[row] for row in prepared.split.test],
            evaluation.probabilities,
        ),
    )
    card = model_card(prepared, result, evaluation, name=name, version=version, built_with=built_with, others=others)
    return write_bundle(
        out,
        metadata=metadata,
        vocabulary=prepared.vocabulary,
        weights=weights,
        golden_texts=GOLDEN_TEXTS,
        model_card=card,
        golden_engine=load_engine(prepared.architecture, weights, engine="tensorflow", device="cpu"),
        overwrite=overwrite,
    )


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        # TensorFlow's CPU build is another distribution of the same package.
        for distribution in (package, f"{package}-cpu"):
            with suppress(PackageNotFoundError):
                versions.setdefault(package, installed(distribution))
    return versions


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, _DECIMALS) if isinstance(value, float) else value
