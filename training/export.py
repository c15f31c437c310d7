"""A finished run as a bundle: everything that serving needs, and how good it is."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from model.architecture.weights import Weights
from model.bundle.metadata import Metadata, Threshold
from model.bundle.write import write_bundle
from model.engines.choose import load_engine
from model.preprocessing.encoder import Encoder
from model.preprocessing.vocabulary import Vocabulary
from training.cards.card import Sources, model_card
from training.checkpoint import Checkpoint
from training.evaluation.provenance import versions
from training.evaluation.result import EvaluationResult, read_result
from training.golden import GOLDEN_TEXTS, RAW_TEXTS
from training.held_out import Evaluation
from training.metrics import Scores
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import RecurrentPreset
from training.recurrent import RecurrentPrepared
from training.reference import reference_of
from training.weighting import ClassWeighting

_DECIMALS: Final = 6


def export(
    prepared: RecurrentPrepared,
    result: Checkpoint,
    evaluation: Evaluation,
    *,
    sources: Sources,
    out: Path,
    name: str,
    version: str,
    others: Mapping[ClassWeighting, Scores],
    overwrite: bool,
) -> Path:
    """Write the bundle of a run's best epoch.

    Raises UsageError if something is in the way at ``out``.
    """
    architecture, weights = prepared.served(result.best_weights)
    built_with = versions()
    labels = prepared.tweets.labels
    metadata = Metadata(
        name=name,
        version=version,
        task=prepared.preset.data,
        labels=labels,
        threshold=None if evaluation.threshold is None else Threshold(label=labels[0], value=evaluation.threshold),
        prior=tuple(float(share) for share in prepared.prior),
        preprocessing=prepared.preset.preprocessing,
        architecture=architecture,
        built_with=built_with,
        metrics={
            "split": "test part of the study's split",
            "scores": _rounded(evaluation.scores),
            "constant_prediction": _rounded(evaluation.constant),
            "study": {figure.measure: figure.value for figure in prepared.preset.study},
            "other_weightings": {str(weighting): _rounded(scores) for weighting, scores in others.items()},
        },
        reference=reference_of(
            labels,
            [prepared.encoded[row] for row in prepared.split.test],
            evaluation.probabilities,
            evaluation.threshold,
        ),
    )
    card = model_card(
        prepared,
        result,
        evaluation,
        sources=sources,
        name=name,
        version=version,
        built_with=built_with,
        others=others,
        grouped=grouped_result(prepared.preset) if sources.subset == 1 else None,
    )
    return write_checked(
        out, metadata=metadata, vocabulary=prepared.vocabulary, weights=weights, model_card=card, overwrite=overwrite
    )


def write_checked(
    out: Path,
    *,
    metadata: Metadata,
    vocabulary: Vocabulary,
    weights: Weights,
    model_card: str,
    overwrite: bool,
) -> Path:
    """Write a bundle whose golden answers come from TensorFlow, the framework that trained it.

    They are checked with ONNX Runtime before the bundle is published: an engine that understood the weights differently
    would not get this far.
    Raises UsageError if something is in the way at ``out``.
    """
    return write_bundle(
        out,
        metadata=metadata,
        vocabulary=vocabulary,
        weights=weights,
        golden_texts=_golden_texts(metadata, vocabulary),
        model_card=model_card,
        golden_engine=load_engine(metadata.architecture, weights, engine="tensorflow", device="cpu"),
        overwrite=overwrite,
    )


def _golden_texts(metadata: Metadata, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return our texts, and if a vocabulary knows no word of them, a row of its own words."""
    texts: tuple[str, ...] = GOLDEN_TEXTS[metadata.task]
    if metadata.preprocessing.cleanup == "tweet":
        texts = (*texts, *RAW_TEXTS)
    encoder = Encoder(metadata.preprocessing, vocabulary)
    if any(encoder.encode(text).ids for text in texts):
        return texts
    return (*texts, " ".join(vocabulary.words[: metadata.preprocessing.max_length]))


def grouped_result(preset: RecurrentPreset) -> EvaluationResult | None:
    """Look for the preset's own cross-validation among the results that come with the program.

    None for a preset that was changed (but for its seed): it is another network, of the same name.
    """
    name = preset.name
    if name not in packaged_presets() or load_preset(name).changed(seed=preset.seed) != preset:
        return None
    path = Path(str(files("training") / "results" / f"{name}.grouped.json"))
    return read_result(path) if path.is_file() else None


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, _DECIMALS) if isinstance(value, float) else value
