"""Result files become a study's page and its picture."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from model.errors import UsageError
from training.data.datasets import DatasetName
from training.output import whole_file
from training.report.collect import candidates, read_results
from training.report.notes import load_notes
from training.report.page import page
from training.report.picture import dot_plot

_STUDY: Final[dict[DatasetName, str]] = {"brands": "brand", "hate": "hate"}
MARKER: Final = "<!-- Written by `warble-train "
"""What every page that is written here begins with."""


def packaged_results() -> Path:
    """Return the directory of the results that come with the program."""
    return Path(str(files("training") / "results"))


def write_report(study: DatasetName, results: Path, out: Path) -> list[Path]:
    """Write a study's page to ``out``, and its picture beside it; return their paths.

    A page that a report wrote before is replaced. Raises UsageError if ``out`` is anything else, cannot be written, or
    the results are not what they should be.
    """
    check_replaceable(out)
    notes = load_notes(study)
    found = read_results(results, study)
    rows = candidates(study, notes, found)
    drawn = dot_plot(_STUDY[study], notes.headline, rows)
    picture = out.with_name(f"{out.stem}-figures.svg")
    text = page(study, notes, rows, found, picture=picture.name if drawn else None)
    written = []
    for path, content in ((picture, drawn), (out, text)):
        if content is not None:
            with whole_file(path, overwrite=True) as file:
                file.write(content)
            written.append(path)
    return written


def check_replaceable(out: Path) -> None:
    """Raise UsageError unless there is nothing at ``out``, or a page that was written here before."""
    try:
        with out.open(encoding="utf-8", errors="replace") as file:
            beginning = file.read(len(MARKER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}: choose another --out") from None
    if beginning != MARKER:
        raise UsageError(f"{out} exists and is no page that a report wrote: choose another --out")
