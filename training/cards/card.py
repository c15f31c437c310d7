"""MODEL_CARD.md from a template and the run's own figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from training.cards.template import filled, layer_in_words, percent
from training.checkpoint import Checkpoint
from training.evaluation.provenance import digest
from training.evaluation.result import Estimate, EvaluationResult
from training.held_out import Evaluation
from training.metrics import Scores
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import RecurrentPreset
from training.recurrent import RecurrentPrepared
from training.weighting import ClassWeighting


class Sources(NamedTuple):
    """What a network learned from."""

    data: Path
    glove: Path | None
    """None for a network whose word vectors started at random."""
    subset: float = 1
    """Share of the training and the validation part that was used."""


def model_card(
    prepared: RecurrentPrepared,
    result: Checkpoint,
    evaluation: Evaluation,
    *,
    sources: Sources,
    name: str,
    version: str,
    built_with: Mapping[str, str],
    others: Mapping[ClassWeighting, Scores],
    grouped: EvaluationResult | None,
) -> str:
    """Fill the template of the data set.

    others: figures of the same network under other class weightings; may be empty. grouped: the preset's own
    grouped cross-validation, if it was run.
    """
    preset, tweets, split = prepared.preset, prepared.tweets, prepared.split
    training_counts = np.bincount(tweets.targets[split.train], minlength=len(tweets.labels))
    scores, constant = evaluation.scores, evaluation.constant
    own = f"`{preset.fit.class_weighting}` (this bundle)"
    return filled(
        f"{preset.data}.md.j2",
        name=name,
        version=version,
        preset=preset,
        percent=percent,
        labels=tweets.labels,
        tweets=len(tweets),
        without_text=tweets.without_text,
        data_digest=digest(sources.data),
        parts=_parts(prepared),
        subset=sources.subset,
        words=prepared.vocabulary_size,
        without_vector=prepared.embedding.without_vector if prepared.embedding else None,
        glove_name=sources.glove.name if sources.glove else None,
        glove_digest=digest(sources.glove) if sources.glove else None,
        layers=[layer_in_words(layer) for layer in preset.layers],
        parameters=prepared.architecture.trainable_parameters,
        precision=result.run["precision"],
        epochs=len(result.history),
        best_epoch=result.best_epoch,
        best_loss=f"{result.history[result.best_epoch - 1]['validation_loss']:.4f}",
        threshold=evaluation.threshold,
        scores=scores,
        constant=constant,
        figures=[
            ("macro-F1", scores["macro_f1"], constant["macro_f1"]),
            ("accuracy", scores["accuracy"], constant["accuracy"]),
            ("AUC, macro one-vs-rest", scores["auc_macro"], constant["auc_macro"]),
            ("AUC, flat", scores["auc_flat"], constant["auc_flat"]),
        ],
        study=[f"{figure.measure} {figure.value:g}" for figure in preset.study],
        grouped=grouped,
        honest=_honest(grouped) if grouped else [],
        others=[(own, scores), *((f"`{weighting}`", other) for weighting, other in others.items())] if others else [],
        training_counts=training_counts.tolist(),
        command=_command(prepared, sources, name, version, result.run["precision"], compare=bool(others)),
        built_with=", ".join(f"{package} {built}" for package, built in sorted(built_with.items())),
    )


def _parts(prepared: RecurrentPrepared) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "tweets": len(part),
            "empty": len(part) - len(prepared.readable(part)),
            "counts": np.bincount(prepared.tweets.targets[part], minlength=len(prepared.tweets.labels)).tolist(),
        }
        for name, part in prepared.split._asdict().items()
    ]


def _honest(grouped: EvaluationResult) -> list[tuple[str, Estimate]]:
    figures = grouped.figures
    rows = [("macro-F1", figures.macro_f1), ("AUC, macro one-vs-rest", figures.auc_macro)]
    if figures.binary is not None:
        rows.append((f"F1 of {figures.binary.positive}", figures.binary.f1))
        if figures.binary.average_precision is not None:
            rows.append((f"average precision of {figures.binary.positive}", figures.binary.average_precision))
    return [*rows, ("accuracy", figures.accuracy), ("expected calibration error", figures.expected_calibration_error)]


def _command(
    prepared: RecurrentPrepared, sources: Sources, name: str, version: str, precision: str, *, compare: bool
) -> str:
    preset = prepared.preset
    glove = f" --glove {sources.glove.name}" if sources.glove else ""
    return (
        f"warble-train fit {preset.name} --data {sources.data.name}{glove} --out {name} "
        f"--name {name} --version {version} --seed {preset.seed} --weighting {preset.fit.class_weighting} "
        f"--precision {precision}"
        + _max_epochs(preset)
        + (f" --subset {sources.subset:g}" if sources.subset < 1 else "")
        + (" --compare" if compare else "")
    )


def _max_epochs(preset: RecurrentPreset) -> str:
    """Repeat the option that a packaged preset was changed by."""
    most = preset.fit.max_epochs
    changed = preset.name in packaged_presets() and load_preset(preset.name).fit.max_epochs != most
    return f" --max-epochs {most}" if changed else ""
