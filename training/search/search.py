"""A preset and its data become trials, a table of them, and the best as a preset."""

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from model.errors import UsageError
from training.data.datasets import read_tweets
from training.evaluation.provenance import digest
from training.interrupted import InterruptedRunError
from training.output import unwritable, whole_file
from training.precision import Precision, resolved
from training.presets.schema import Preset
from training.search.folds import Scorer, search_folds, training_part
from training.search.progress import SearchReporter
from training.search.results import BEST, TRIALS, best_of, write_best, write_trials
from training.search.space import Values
from training.search.trial import Trial, load_trial
from training.search.tuner import run_trials
from training.workdir import locked, remove_if_empty

IDENTITY: Final = "search.json"
_RECORDS: Final = "trials"
_WORK: Final = "work"


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    preset: Preset
    data: Path
    glove: Path | None
    out: Path
    trials: int
    folds: int
    subset: float
    max_epochs: int | None
    seed: int
    """Of the draws and the folds; the networks' is the preset's."""
    precision: Precision
    overwrite: bool


def search(request: Request, reporter: SearchReporter) -> Path:
    """Run the trials that are left; return the path of the best one's preset.

    Each trial's folds, the table and the best preset are written as soon as they are there, so a search that is
    killed goes on where it was: the same command repeats an epoch at most.
    Raises UsageError for anything wrong with files or settings, or if every trial failed, InterruptedRunError when
    the user interrupts.
    """
    out, work_dir = request.out, request.out / _WORK
    _check(request)
    existed = out.exists()
    done: list[Trial] = []
    try:
        with locked(work_dir, "--out"):
            best = _search(request, reporter, done)
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"interrupted; {len(done)} finished trials are kept in {out}: "
            "run the same command again to go on from there"
        ) from None
    except OSError as error:
        raise unwritable(out, error) from None
    finally:
        remove_if_empty(work_dir)
        if not existed:
            with suppress(OSError):  # it stays if there is anything in it
                out.rmdir()
    return best


def _search(request: Request, reporter: SearchReporter, done: list[Trial]) -> Path:
    preset, out = request.preset.changed(max_epochs=request.max_epochs), request.out
    everything = read_tweets(preset.data, request.data)
    tweets = training_part(preset, everything)
    splits = search_folds(tweets, request.folds, subset=request.subset, seed=request.seed)
    if request.overwrite:
        _discard(out)
    _claim(out, _identity(request))
    reporter.say(
        f"searching the training part of the study's split ({len(tweets)} of {len(everything)} tweets) in "
        f"{len(splits)} grouped folds, each trained on {len(splits[0].train)} or so"
    )
    scorer = Scorer(
        preset=preset,
        tweets=tweets,
        splits=splits,
        glove=request.glove or request.data.parent,
        directory=out / _RECORDS,
        work_dir=out / _WORK,
        precision=request.precision,
        reporter=reporter,
    )

    def run(number: int, values: Values) -> Trial:
        trial = load_trial(scorer.directory, number, values)
        finished = trial.finished(len(splits))
        if not finished:
            reporter.trial_begins(trial)
            trial = scorer.finish(trial)
        done.append(trial)
        _write(request, done)
        reporter.trial_ends(trial, trained=not finished)
        return trial

    count = run_trials(preset.search, trials=request.trials, seed=request.seed, run=run)
    if count < request.trials:
        reporter.say(f"stopped after {count} trials: the draws found no combination that was not tried yet")
    best = best_of(done)
    if best is None:
        raise UsageError(
            f"all {count} trials failed, the first because of {done[0].failure}: see {out / TRIALS}, "
            f"and change [search] in preset {preset.name!r}"
        )
    reporter.say(f"best: trial {best.number + 1} with a mean macro-F1 of {best.macro_f1:.4f}")
    return out / BEST


def _write(request: Request, done: list[Trial]) -> None:
    write_trials(request.out / TRIALS, request.preset, done, request.folds)
    if best := best_of(done):
        write_best(request.out / BEST, request.preset, best, trials=len(done), folds=request.folds)


def _check(request: Request) -> None:
    out = request.out
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is no directory: choose another --out")
    others = [path for path in out.iterdir() if path.name != _WORK] if out.is_dir() else []
    if others and not (out / IDENTITY).is_file():
        raise UsageError(f"{out} holds something other than a search: choose another --out")


def _identity(request: Request) -> dict[str, str]:
    """Name everything that decides a trial's score."""
    return {
        "preset": request.preset.model_dump_json(exclude={"name", "description", "study"}),
        "data": digest(request.data),
        "folds": str(request.folds),
        "subset": str(request.subset),
        "max epochs": str(request.max_epochs),
        "seed": str(request.seed),
        "precision": str(resolved(request.precision)),
        "keras": version("keras"),
        "keras-tuner": version("keras-tuner"),
    }


def _claim(out: Path, identity: dict[str, str]) -> None:
    """Mark a directory as this search's. Raises UsageError if it is another's."""
    path = out / IDENTITY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        with whole_file(path, overwrite=False) as file:
            file.write(json.dumps(identity, indent=1) + "\n")
        return
    except ValueError:
        found = {}
    different = sorted(key for key in identity if not isinstance(found, dict) or found.get(key) != identity[key])
    if different:
        raise UsageError(
            f"{out} holds another search (different: {', '.join(different)}): "
            "give another --out, or start anew with --overwrite"
        )


def _discard(out: Path) -> None:
    """Delete a search's own files, and nothing else; the lock in the work directory is held."""
    for name in (IDENTITY, TRIALS, BEST):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / _RECORDS, ignore_errors=True)
    for path in (out / _WORK).glob("trial-*"):
        shutil.rmtree(path, ignore_errors=True)
