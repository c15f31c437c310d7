"""MODEL_CARD.md: what a bundle is, how good it is, and what it is not, from a template and the run's own figures."""

from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Final

import numpy as np
import numpy.typing as npt

from model.architecture.config import LSTM, Dense, Dropout, Layer
from training.checkpoint import Checkpoint
from training.held_out import Evaluation
from training.metrics import Scores
from training.prepare import Prepared
from training.weighting import ClassWeighting

STUDY: Final = {
    "accuracy": "about 0.59",
    "macro_f1": "0.19",
    "auc_flat": "0.8272",
    "auc_macro": "not reported",
}
"""The brand study's figures on its test split."""
_FIGURES: Final = {
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
    "auc_macro": "AUC, macro one-vs-rest",
    "auc_flat": "AUC, flat",
}


def model_card(
    prepared: Prepared,
    result: Checkpoint,
    evaluation: Evaluation,
    *,
    name: str,
    version: str,
    built_with: Mapping[str, str],
    others: Mapping[ClassWeighting, Scores],
) -> str:
    """Fill the template. others: figures of the same network under other class weightings; may be empty."""
    preset, labels = prepared.preset, prepared.tweets.labels
    best = result.history[result.best_epoch - 1]
    test_shares = {label: figures["tweets"] for label, figures in evaluation.scores["per_class"].items()}
    training_counts = np.bincount(prepared.tweets.targets[prepared.split.train], minlength=len(labels))
    template = Template((files("training") / "model_card.md").read_text(encoding="utf-8"))
    return template.substitute(
        name=name,
        version=version,
        tweets=f"{len(prepared.tweets):,}",
        data_digest=prepared.data_digest,
        label_headings=" | ".join(labels),
        label_rules="---|" * len(labels),
        part_rows=_part_rows(prepared),
        test_share=f"{100 * preset.split.test_share:g} %",
        validation_share=f"{100 * preset.split.validation_share:g} %",
        random_state=preset.split.random_state,
        max_length=preset.preprocessing.max_length,
        words=f"{len(prepared.vocabulary.words):,}",
        num_words=f"{preset.tokenizer.num_words - 1:,}",
        dimension=preset.embedding.dimension,
        glove_name=prepared.glove_file,
        glove_digest=prepared.glove_digest,
        without_vector=prepared.embedding.without_vector,
        layers=" -> ".join(_layer(layer) for layer in preset.layers),
        parameters=f"{prepared.architecture.trainable_parameters:,}",
        learning_rate=preset.fit.learning_rate,
        batch_size=preset.fit.batch_size,
        weighting=preset.fit.class_weighting,
        max_epochs=preset.fit.max_epochs,
        patience=preset.fit.patience,
        epochs=len(result.history),
        best_epoch=result.best_epoch,
        best_loss=f"{best['validation_loss']:.4f}",
        neutral_share=_percent(test_shares["neutral"] / evaluation.scores["tweets"]),
        test_tweets=f"{evaluation.scores['tweets']:,}",
        figure_rows=_figure_rows(evaluation),
        class_rows=_class_rows(evaluation),
        comparison=_comparison(preset.fit.class_weighting, evaluation.scores, others),
        rarest=int(training_counts[labels.index("i can't tell")]),
        command=_command(prepared, name, version, compare=bool(others)),
        seed=preset.seed,
        built_with=", ".join(f"{package} {built}" for package, built in sorted(built_with.items())),
    )


def _part_rows(prepared: Prepared) -> str:
    rows = []
    for part, numbers in prepared.split._asdict().items():
        counts = np.bincount(prepared.tweets.targets[numbers], minlength=len(prepared.tweets.labels))
        empty = sum(not prepared.encoded[row].ids for row in numbers)
        cells = [part, f"{len(numbers):,}", str(empty), *(_count(counts, index) for index in range(len(counts)))]
        rows.append(_row(cells))
    return "\n".join(rows)


def _count(counts: npt.NDArray[np.intp], index: int) -> str:
    return f"{counts[index]:,} ({_percent(counts[index] / counts.sum())})"


def _figure_rows(evaluation: Evaluation) -> str:
    ours, constant = dict(evaluation.scores), dict(evaluation.constant)
    return "\n".join(
        _row([title, f"**{ours[key]:.4f}**", STUDY[key], f"{constant[key]:.4f}"]) for key, title in _FIGURES.items()
    )


def _class_rows(evaluation: Evaluation) -> str:
    rows = []
    for label, figures in evaluation.scores["per_class"].items():
        ratios = [f"{figures[key]:.3f}" for key in ("precision", "recall", "f1")]
        constant = f"{evaluation.constant['per_class'][label]['recall']:.3f}"
        rows.append(_row([label, *ratios, constant, str(figures["tweets"])]))
    return "\n".join(rows)


def _comparison(own: ClassWeighting, scores: Scores, others: Mapping[ClassWeighting, Scores]) -> str:
    if not others:
        return ""
    labels = list(scores["per_class"])
    headings = ["class weighting", *_FIGURES.values(), *(f"recall of {label}" for label in labels)]
    rows = [_row(headings), "|" + "---|" * len(headings)]
    for weighting, figures in {own: scores, **others}.items():
        values = dict(figures)
        recalls = [figures["per_class"][label]["recall"] for label in labels]
        title = f"`{weighting}` (this bundle)" if weighting is own else f"`{weighting}`"
        rows.append(
            _row([title, *(f"{values[key]:.4f}" for key in _FIGURES), *(f"{recall:.3f}" for recall in recalls)])
        )
    return (
        "\nThe same network, data and seed under each class weighting (`output-bias` is what the study ran):\n\n"
        + "\n".join(rows)
        + "\n"
    )


def _command(prepared: Prepared, name: str, version: str, *, compare: bool) -> str:
    preset = prepared.preset
    return (
        f"warble-train fit {preset.name} --data {prepared.data_file} --glove {prepared.glove_file} --out {name} "
        f"--name {name} --version {version} --seed {preset.seed} --weighting {preset.fit.class_weighting}"
        + (" --compare" if compare else "")
    )


def _layer(layer: Layer) -> str:
    match layer:
        case LSTM():
            text = f"LSTM({layer.units}{', return sequences' if layer.return_sequences else ''})"
            return f"Bidirectional({text})" if layer.bidirectional else text
        case Dense():
            return f"Dense({layer.units}, {layer.activation})"
        case Dropout():
            return f"Dropout({layer.rate})"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
