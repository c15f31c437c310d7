"""What a study's page says that no result file knows: hand-written, in one TOML file a study."""

import json
import tomllib
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field

from model.strict import Strict
from training.data.datasets import DatasetName
from training.evaluation.result import Protocol
from training.presets.schema import StudyFigure


class Row(Strict):
    """Something beside the presets that has a row in the tables."""

    name: str
    """That of its result files."""
    what: str
    study: tuple[StudyFigure, ...]


class Variant(Row):
    """A preset under other settings."""

    preset: str


class NotRun(Strict):
    """A gap in the tables, and why it is there."""

    name: str
    protocol: Protocol
    why: str


class Finding(Strict):
    """Something that a reader of the study should know."""

    title: str
    text: str
    needs: tuple[str, ...]
    """Result files without which ``measured`` cannot be said, as NAME.PROTOCOL."""
    measured: str
    """A Jinja template over ``results``, for the numbers in them; empty if the text says it all."""
    source: str


class Notes(Strict):
    """A study's page."""

    title: str
    intro: str
    headline: Literal["macro_f1", "f1"]
    """The measure that candidates are ranked by; ``f1`` is that of a binary task's first label."""
    measures: tuple[str, ...]
    """Columns of the table of figures; see :data:`training.report.measures.MEASURES`."""
    presets: Annotated[tuple[str, ...], Field(min_length=1)]
    """In the order of the study."""
    variants: tuple[Variant, ...]
    baselines: tuple[Row, ...]
    not_run: tuple[NotRun, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]


def load_notes(study: DatasetName) -> Notes:
    """Read a study's notes."""
    text = (files("training.report") / f"{study}.toml").read_text(encoding="utf-8")
    # Through JSON, because strict validation takes a list for a tuple only there.
    return Notes.model_validate_json(json.dumps(tomllib.loads(text)))
