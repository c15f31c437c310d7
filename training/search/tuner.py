"""KerasTuner draws; we train."""

import contextlib
import logging
import math
import sys
import warnings
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any, Final

from training.presets.schema import SearchSpace
from training.runtime import tensorflow
from training.search.space import Values, hyperparameters
from training.search.trial import Trial

OBJECTIVE: Final = "validation_macro_f1"


def run_trials(space: SearchSpace, *, trials: int, seed: int, run: Callable[[int, Values], Trial]) -> int:
    """Draw values at random, never the same twice, and run a trial for each; return how many there were.

    run: from a trial's number and values to the finished trial; what it raises ends the search.
    The draws follow from ``space`` and ``seed`` alone. So the state that KerasTuner keeps on disk, and does not write
    atomically, is not needed to go on with a search: the same draws are made again, and ``run`` returns at once for a
    trial that it has finished. Fewer than ``trials`` if KerasTuner finds no untried values any more.
    """
    # Quietly, before KerasTuner does. It warns of networks that are traced again and again, as a search's all are.
    tensorflow().get_logger().setLevel(logging.ERROR)
    with contextlib.redirect_stdout(sys.stderr):
        import keras_tuner  # noqa: PLC0415 - seconds to import
        from keras_tuner.engine import base_tuner  # noqa: PLC0415

    class Tuner(base_tuner.BaseTuner):  # type: ignore[misc] # it ships no types
        """Hands trials over."""

        def run_trial(self, trial: Any) -> dict[str, float]:  # noqa: ANN401 - KerasTuner's
            try:
                done = run(int(trial.trial_id), dict(trial.hyperparameters.values))
            except Exception as error:
                # Whatever is no FatalError, KerasTuner would take for a failed trial.
                raise keras_tuner.errors.FatalError from error
            # What is not a number it takes for a failed trial, too, and prints no traceback.
            return {OBJECTIVE: math.nan if done.failure is not None else done.macro_f1}

    oracle = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective(OBJECTIVE, "max"),
        max_trials=trials,
        seed=seed + 1,  # it takes 0 for none, and then draws one
        hyperparameters=hyperparameters(space),
        allow_new_entries=False,
        tune_new_entries=False,
        max_consecutive_failed_trials=trials + 1,  # a search goes on whatever fails
    )
    oracle.verbose = 0
    with TemporaryDirectory() as directory, warnings.catch_warnings():
        # Of Python's old names, and of scores that are not a number.
        warnings.filterwarnings("ignore", module=r"keras_tuner\.")
        tuner = Tuner(oracle=oracle, directory=directory, project_name="search")
        try:
            with contextlib.redirect_stdout(sys.stderr):
                tuner.search()
        except keras_tuner.errors.FatalError as error:
            raise error.__cause__ or error from None
    return len(oracle.trials)
