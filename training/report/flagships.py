"""The flagships' figures, as their runs wrote them."""

from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from model.errors import UsageError
from training.data.datasets import DatasetName
from training.flagship.scores import ScoreFile


def packaged_scores() -> Path:
    """Return the directory of the flagships' figures that come with the program."""
    return Path(str(files("training") / "results" / "flagship"))


def read_flagship(directory: Path, task: DatasetName) -> ScoreFile | None:
    """Read a flagship's figures; None if there are none.

    ``TASK.json`` is the scores.json of a whole run; ``TASK.*.json`` are the scores-of-folds.json of runs of
    ``--ablation`` or ``--checks`` in some of its folds, and add candidates to it. Raises UsageError for a file that is
    none or does not fit the first.
    """
    first = directory / f"{task}.json"
    more = sorted(directory.glob(f"{task}.*.json"))
    if not first.exists():
        if more:
            raise UsageError(f"{directory} has {more[0].name}, but no {first.name} to add it to: run the whole recipe")
        return None
    whole = _read(first)
    for path in more:
        try:
            whole = whole.with_more(_read(path))
        except ValueError as error:
            raise UsageError(f"{path} does not go with {task}.json: {error}: leave one of them out") from None
    return whole


def _read(path: Path) -> ScoreFile:
    try:
        return ScoreFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValidationError as error:
        raise UsageError(
            f"{path} is no scores.json of 'warble-train flagship' ({error.errors()[0]['msg']}): run it again"
        ) from None
