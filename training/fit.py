"""A preset and its data become a bundle."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from model.bundle.files import MANIFEST
from model.bundle.metadata import Metadata
from model.errors import UsageError
from training.cards.card import Sources
from training.checkpoint import Checkpoint, discard_checkpoint, load_checkpoint
from training.data.datasets import read_tweets
from training.data.splits import split_rows, thinned
from training.held_out import Evaluation, evaluate
from training.interrupted import InterruptedRunError
from training.metrics import Scores
from training.precision import Precision
from training.prepare import Prepared, prepare
from training.presets.schema import Preset, RecurrentPreset
from training.progress import ConsoleReporter
from training.publish import check_free
from training.record import SCORES, record_directory, write_record
from training.recurrent import RecurrentPrepared, glove_file
from training.train import train
from training.weighting import ClassWeighting
from training.workdir import locked, remove_if_empty, work_directory


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    preset: Preset
    data: Path
    glove: Path | None
    out: Path
    name: str
    version: str
    work_dir: Path | None
    """Kept if it is given; otherwise one beside ``out``, deleted once the bundle is there."""
    compare: bool
    """Whether to train under the other class weightings too, for the model card."""
    overwrite: bool
    subset: float = 1
    """Share of the training and validation part to use."""
    precision: Precision = Precision.AUTO


def fit(request: Request, reporter: ConsoleReporter) -> Path:
    """Train, evaluate and write a bundle; return its directory.

    Raises UsageError for anything wrong with files or settings, InterruptedRunError when the user interrupts.
    """
    _check(request)
    work_dir = work_directory(request.work_dir, request.out)
    try:
        with locked(work_dir):
            path = _fit(request, work_dir, reporter)
            if request.work_dir is None:
                for directory in (*(_beside_it(work_dir, weighting) for weighting in ClassWeighting), work_dir):
                    discard_checkpoint(directory)
    except KeyboardInterrupt:
        raise InterruptedRunError(_interrupted(work_dir)) from None
    except OSError as error:
        raise _unwritable(error, request.out) from None
    finally:
        remove_if_empty(work_dir)
    return path


def _fit(request: Request, work_dir: Path, reporter: ConsoleReporter) -> Path:
    preset = request.preset
    reporter.say(f"reading and cleaning {request.data.name}")
    tweets = read_tweets(preset.data, request.data)
    split = thinned(split_rows(tweets.targets, preset.split), tweets.targets, request.subset, preset.seed)
    prepared = prepare(preset, tweets, split, glove=request.glove or request.data.parent)
    _describe(prepared, reporter)
    result = train(prepared, work_dir, reporter, precision=request.precision, anew=request.overwrite)
    evaluation = evaluate(prepared, result.best_weights)
    reporter.say(_figures(preset.fit.class_weighting, evaluation.scores))
    others = _others(request, prepared, work_dir, reporter) if request.compare else {}
    path = _publish(request, prepared, result, evaluation, others)
    reporter.say(_figures("constant prediction", evaluation.constant))
    return path


def _publish(
    request: Request,
    prepared: Prepared,
    result: Checkpoint,
    evaluation: Evaluation,
    others: dict[ClassWeighting, Scores],
) -> Path:
    if isinstance(prepared, RecurrentPrepared):
        from training.export import export  # noqa: PLC0415 - imports what only a finished run needs

        export(
            prepared,
            result,
            evaluation,
            sources=Sources(
                request.data, glove_file(prepared.preset, request.glove or request.data.parent), request.subset
            ),
            out=request.out,
            name=request.name,
            version=request.version,
            others=others,
            overwrite=request.overwrite,
        )
    write_record(_record(request), prepared, result, evaluation, subset=request.subset, overwrite=request.overwrite)
    return request.out


def _record(request: Request) -> Path:
    """Say where the training's record goes: beside a bundle, or in the place of one that there is not."""
    return record_directory(request.out) if isinstance(request.preset, RecurrentPreset) else request.out


def _others(
    request: Request, prepared: Prepared, work_dir: Path, reporter: ConsoleReporter
) -> dict[ClassWeighting, Scores]:
    scores = {}
    for weighting in ClassWeighting:
        if weighting is ClassWeighting.OUTPUT_BIAS and prepared.network.outputs == 1:
            reporter.say(f"not compared: class weighting {weighting}, which needs an output a label")
        elif weighting is not request.preset.fit.class_weighting:
            reporter.say(f"for comparison: class weighting {weighting}")
            other = prepared.under(weighting)
            directory = _beside_it(work_dir, weighting)
            result = train(other, directory, reporter, precision=request.precision, anew=request.overwrite)
            scores[weighting] = evaluate(other, result.best_weights).scores
            reporter.say(_figures(weighting, scores[weighting]))
    return scores


def _beside_it(work_dir: Path, weighting: ClassWeighting) -> Path:
    return work_dir / f"compare-{weighting}"


def _check(request: Request) -> None:
    """Refuse now what would be refused after the training."""
    for field, value in (("name", request.name), ("version", request.version)):
        try:
            TypeAdapter(Metadata.model_fields[field].rebuild_annotation()).validate_python(value)
        except ValidationError as error:
            raise UsageError(f"--{field} {value!r} will not do: {error.errors()[0]['msg']}") from None
    record = _record(request)
    for path, marker in ((record, SCORES), (request.out, SCORES if record == request.out else MANIFEST)):
        if path.exists() and not request.overwrite:
            raise UsageError(f"{path} exists: choose another --out, or allow it to be replaced with --overwrite")
        check_free(path, marker, overwrite=request.overwrite)
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error, request.out) from None


def _unwritable(error: OSError, out: Path) -> UsageError:
    return UsageError(
        f"{error.filename or out} cannot be written: {error.strerror or error}: make room, or choose another directory"
    )


def _describe(prepared: Prepared, reporter: ConsoleReporter) -> None:
    tweets, split = prepared.tweets, prepared.split
    everything = np.arange(len(tweets))
    empty = len(tweets) - len(prepared.readable(everything))
    reporter.say(
        f"{len(tweets)} tweets ({tweets.without_text} more without text, {empty} left empty by the "
        f"clean-up): {len(split.train)} to train on, {len(split.validation)} to validate, {len(split.test)} to test"
    )
    if isinstance(prepared, RecurrentPrepared):
        vectors = f", {prepared.embedding.without_vector} without a GloVe vector" if prepared.embedding else ""
        reporter.say(f"{prepared.vocabulary_size} words in the training part{vectors}")
        reporter.say(f"{prepared.architecture.trainable_parameters} trainable parameters")
    else:
        reporter.say(f"{prepared.vocabulary_size} features in the training part")


def _figures(title: str, scores: Scores) -> str:
    return (
        f"test part, {title}: accuracy {scores['accuracy']:.4f}  macro-F1 {scores['macro_f1']:.4f}  "
        f"AUC macro {scores['auc_macro']:.4f}  flat {scores['auc_flat']:.4f}  recall "
        + ", ".join(f"{label} {figures['recall']:.3f}" for label, figures in scores["per_class"].items())
    )


def _interrupted(work_dir: Path) -> str:
    state = load_checkpoint(work_dir)
    epochs = len(state.history) if state else 0
    return (
        f"interrupted; {epochs} finished epochs are kept in {work_dir}: run the same command again to go on from there"
    )
