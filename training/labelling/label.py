"""Read -> encode -> predict -> write, a chunk of rows after another."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from model.classifier import FAILED, Classifier
from model.errors import UsageError
from training.interrupted import InterruptedRunError
from training.labelling.table import Table, open_table
from training.output import whole_file

CHUNK_ROWS: Final = 8_192
"""Rows that are held at once: enough for the network to be given tweets of like length together."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    file: Path
    out: Path
    text_column: str
    encoding: str
    include_text: bool
    prefix: str
    """Put before the name of each column that is added."""
    overwrite: bool


@dataclass
class Tally:
    """What became of the rows."""

    labels: Counter[str] = field(default_factory=Counter)
    """Tweets by label, the empty ones included."""
    empty: int = 0
    errors: int = 0
    blank: int = 0
    """Blank lines, which are no rows."""

    @property
    def rows(self) -> int:
        """Count the rows that were written."""
        return self.labels.total() + self.errors


class Reporter(Protocol):
    """Who is told how far the labelling is."""

    def begin(self, size: int | None) -> None:
        """Learn how many bytes there are to read, if that is known."""

    def advance(self, read: int, rows: int) -> None:
        """Learn how many bytes were read and rows written until now."""


def label_file(request: Request, classifier: Classifier, reporter: Reporter) -> Tally:
    """Label the tweets of a CSV file; write their labels, in order, to another.

    Written are the columns of the input but the text (with ``include_text``: all), then ``label``, ``score``, the
    probability of each label under its name, ``empty`` (true or false) and ``error``: a row that cannot be labelled
    says why there, and has no label.
    Raises UsageError for files that cannot be used, InterruptedRunError if the user interrupts; in either case
    nothing is at ``out`` that was not there before.
    """
    with open_table(request.file, text_column=request.text_column, encoding=request.encoding) as table:
        added = _added_columns(request, table, classifier.labels)
        _check_apart(request)
        tally = Tally()
        reporter.begin(table.size)
        try:
            with whole_file(request.out, overwrite=request.overwrite) as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([*_kept(request, table, table.columns), *added])
                for chunk in _chunks(table, tally):
                    answers = _answers(classifier, table, chunk, tally)
                    writer.writerows(
                        [*_kept(request, table, row), *answer] for row, answer in zip(chunk, answers, strict=True)
                    )
                    reporter.advance(table.read(), tally.rows)
        except KeyboardInterrupt:
            raise InterruptedRunError(
                f"interrupted after {tally.rows} rows; {request.out} was not written: "
                "run the same command again to label the file from its start"
            ) from None
    return tally


def _chunks(table: Table, tally: Tally) -> Iterator[list[list[str]]]:
    """Yield rows with at least as many fields as there are columns."""
    width = len(table.columns)

    def rows() -> Iterator[list[str]]:
        for row in table.rows:
            if row or width == 1:  # in a file of tweets alone, a blank line is an empty one
                yield row + [""] * (width - len(row))
            else:
                tally.blank += 1

    source = rows()
    while chunk := list(islice(source, CHUNK_ROWS)):
        yield chunk


def _answers(classifier: Classifier, table: Table, chunk: list[list[str]], tally: Tally) -> Iterator[list[str]]:
    """Yield what is added to each row."""
    width, labels = len(table.columns), classifier.labels
    rows = classifier.encode_all([row[table.text] for row in chunk]).rows
    predictions = classifier.predict(rows)
    no_answer = [""] * (len(labels) + 3)
    values = zip(
        chunk, rows.lengths.tolist(), predictions.labels.tolist(), predictions.probabilities.tolist(), strict=True
    )
    for number, (row, words, label, probabilities) in enumerate(values):
        if len(row) > width:
            tally.errors += 1
            # Which of them is the tweet is anybody's guess.
            yield [*no_answer, f"{len(row)} fields, the header has {width}"]
        elif label == FAILED:
            tally.errors += 1
            yield [*no_answer, predictions.failed[number]]
        else:
            tally.labels[labels[label]] += 1
            tally.empty += not words
            shown = [f"{value:.9g}" for value in probabilities]  # nine digits give a float32 back exactly
            yield [labels[label], shown[label], *shown, "false" if words else "true", ""]


def _kept(request: Request, table: Table, row: Sequence[str]) -> list[str]:
    fields = list(row[: len(table.columns)])
    if not request.include_text:
        del fields[table.text]
    return fields


def _added_columns(request: Request, table: Table, labels: Sequence[str]) -> list[str]:
    added = [f"{request.prefix}{name}" for name in ("label", "score", *labels, "empty", "error")]
    kept = _kept(request, table, table.columns)
    if taken := next((name for name in added if name in kept), None):
        raise UsageError(
            f"{request.file.name} has a column {taken!r} already: "
            "name the added ones otherwise with --prefix, such as --prefix predicted_"
        )
    return added


def _check_apart(request: Request) -> None:
    if request.out.exists() and request.out.samefile(request.file):
        raise UsageError(f"{request.out} is the file to label: choose another --out")
