"""Training a prepared preset, or going on where it was."""

from pathlib import Path

from model.errors import UsageError
from training.checkpoint import Checkpoint, discard_checkpoint
from training.learner import Learner
from training.loop import Loop, resume
from training.precision import Precision, resolved
from training.prepare import Prepared
from training.progress import Reporter


def train(
    prepared: Prepared, work_dir: Path, reporter: Reporter, *, precision: Precision = Precision.AUTO, anew: bool = False
) -> Checkpoint:
    """Train until the preset says stop; every epoch ends in a checkpoint in ``work_dir``.

    anew: whether another run's checkpoint is thrown away. Raises UsageError if there is one and it is not, and if no
    tweet of the validation part can be read.
    """
    settled = resolved(precision)
    run = prepared.run(settled)
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
    preset = prepared.preset
    training, validation = (prepared.examples(part) for part in (prepared.split.train, prepared.split.validation))
    if not len(validation):
        raise UsageError("the clean-up leaves no known word of the whole validation part: give a larger file")
    learner = Learner(prepared.network, preset.fit, seed=preset.seed, precision=settled)
    learner.start_from(prepared.initial_weights)
    loop = Loop(learner, training, validation, preset.fit, preset.seed, reporter)
    return loop.train(run, work_dir)
