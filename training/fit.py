"""A preset and its data become a bundle."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from model.bundle.metadata import Metadata
from model.errors import UsageError, WarbleError
from training.checkpoint import Checkpoint, discard_checkpoint, load_checkpoint
from training.held_out import evaluate
from training.loop import Loop, resume
from training.metrics import Scores
from training.prepare import Prepared, prepare
from training.presets.preset import Preset
from training.progress import ConsoleReporter
from training.weighting import ClassWeighting, initial_output_bias
from training.workdir import beside, locked, remove_if_empty


class InterruptedRunError(WarbleError):
    """The user stopped a run; its checkpoint lets it go on."""

    exit_code = 130


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


def fit(request: Request, reporter: ConsoleReporter) -> Path:
    """Train, evaluate and write a bundle; return its directory.

    Raises UsageError for anything wrong with files or settings, InterruptedRunError when the user interrupts.
    """
    _check(request)
    work_dir = request.work_dir or beside(request.out)
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
    from training.export import export  # noqa: PLC0415 - imports what only a finished run needs

    preset = request.preset
    reporter.say(f"reading and cleaning {request.data.name}")
    prepared = prepare(preset, request.data, request.glove)
    _describe(prepared, reporter)
    result = _train(prepared, work_dir, reporter, anew=request.overwrite)
    evaluation = evaluate(prepared, result.best_weights)
    reporter.say(_figures(preset.fit.class_weighting, evaluation.scores))
    others = _others(request, prepared, work_dir, reporter) if request.compare else {}
    path = export(
        prepared,
        result,
        evaluation,
        out=request.out,
        name=request.name,
        version=request.version,
        others=others,
        overwrite=request.overwrite,
    )
    reporter.say(_figures("constant prediction", evaluation.constant))
    return path


def _others(
    request: Request, prepared: Prepared, work_dir: Path, reporter: ConsoleReporter
) -> dict[ClassWeighting, Scores]:
    scores = {}
    for weighting in ClassWeighting:
        if weighting is not request.preset.fit.class_weighting:
            reporter.say(f"for comparison: class weighting {weighting}")
            other = prepared.under(weighting)
            result = _train(other, _beside_it(work_dir, weighting), reporter, anew=request.overwrite)
            scores[weighting] = evaluate(other, result.best_weights).scores
            reporter.say(_figures(weighting, scores[weighting]))
    return scores


def _train(prepared: Prepared, work_dir: Path, reporter: ConsoleReporter, *, anew: bool) -> Checkpoint:
    from training.learner import Learner  # noqa: PLC0415

    preset, run = prepared.preset, prepared.run()
    try:
        state = resume(run, work_dir)
    except UsageError:
        if not anew:
            raise
        reporter.say(f"{work_dir} holds another run's checkpoint: starting anew, as --overwrite says")
        discard_checkpoint(work_dir)
        state = None
    if state is not None and state.finished:
        reporter.say(f"{len(state.history)} epochs are trained already")
        return state
    if state is not None:
        reporter.say(f"going on after epoch {len(state.history)}")
    learner = Learner(prepared.architecture, learning_rate=preset.fit.learning_rate, seed=preset.seed)
    bias = initial_output_bias(preset.fit.class_weighting, prepared.class_weights)
    learner.start_from(prepared.embedding.matrix, bias)
    loop = Loop(
        learner,
        prepared.examples(prepared.split.train),
        prepared.examples(prepared.split.validation),
        preset.fit,
        preset.seed,
        reporter,
    )
    return loop.train(run, work_dir)


def _beside_it(work_dir: Path, weighting: ClassWeighting) -> Path:
    return work_dir / f"compare-{weighting}"


def _check(request: Request) -> None:
    """Refuse now what would be refused after the training."""
    for field, value in (("name", request.name), ("version", request.version)):
        try:
            TypeAdapter(Metadata.model_fields[field].rebuild_annotation()).validate_python(value)
        except ValidationError as error:
            raise UsageError(f"--{field} {value!r} will not do: {error.errors()[0]['msg']}") from None
    if request.out.exists() and not request.overwrite:
        raise UsageError(f"{request.out} exists: choose another --out, or allow it to be replaced with --overwrite")
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error, request.out) from None


def _unwritable(error: OSError, out: Path) -> UsageError:
    return UsageError(
        f"{error.filename or out} cannot be written: {error.strerror or error}: make room, or choose another directory"
    )


def _describe(prepared: Prepared, reporter: ConsoleReporter) -> None:
    split, words = prepared.split, len(prepared.vocabulary.words)
    empty = sum(not row.ids for row in prepared.encoded)
    reporter.say(
        f"{len(prepared.tweets)} tweets ({prepared.tweets.without_text} more without text, {empty} left empty by the "
        f"clean-up): {len(split.train)} to train on, {len(split.validation)} to validate, {len(split.test)} to test"
    )
    reporter.say(f"{words} words in the training part, {prepared.embedding.without_vector} without a GloVe vector")
    reporter.say(f"{prepared.architecture.trainable_parameters} trainable parameters")


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
