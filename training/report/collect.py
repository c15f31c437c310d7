"""Result files and presets become the rows of a study's tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.errors import UsageError
from training.data.datasets import DatasetName
from training.evaluation.result import EvaluationResult, Protocol, read_result
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import Preset, StudyFigure
from training.report.notes import Notes

PROTOCOLS: Final[tuple[Protocol, ...]] = ("study", "grouped")
"""Those with a column in the main table."""


@dataclass(frozen=True)
class Candidate:
    """A row: what it is, what the study says of it, what we found."""

    name: str
    what: str
    study: tuple[StudyFigure, ...]
    preset: Preset | None
    """None for what is no preset."""
    results: Mapping[Protocol, EvaluationResult]


def read_results(directory: Path, study: DatasetName) -> dict[str, EvaluationResult]:
    """Read a study's results from all files NAME.PROTOCOL.json of a directory, by NAME.PROTOCOL.

    Raises UsageError for a directory that cannot be read, for a file that is no result or is named after another
    protocol, and for results over different files of data: a table would compare what cannot be compared.
    """
    if not directory.is_dir():
        raise UsageError(f"there is no directory {directory}: give the one with the results of 'warble-train evaluate'")
    results = {}
    for path in sorted(directory.glob("*.json")):
        result = read_result(path)
        if not path.stem.removesuffix(f".{result.protocol}") or not path.stem.endswith(f".{result.protocol}"):
            raise UsageError(
                f"{path} is a result under protocol {result.protocol}: name it NAME.{result.protocol}.json"
            )
        if result.data == study:
            results[path.stem] = result
    first = next(iter(results), None)
    for name, result in results.items():
        if first is not None and result.data_digest != results[first].data_digest:
            raise UsageError(
                f"{name}.json is over another {result.data_file} (SHA-256 {result.data_digest[:12]}...) than "
                f"{first}.json ({results[first].data_digest[:12]}...): evaluate all candidates over one file"
            )
    return results


def candidates(study: DatasetName, notes: Notes, results: Mapping[str, EvaluationResult]) -> list[Candidate]:
    """Return the baselines, then the presets in the study's order, each followed by its variants.

    Raises UsageError if a result belongs to none of them, or is another one's than its file's name says, or the notes
    do not name exactly the study's presets.
    """
    found = [*_rows(study, notes, results)]
    known = {candidate.name for candidate in found}
    if strangers := sorted(name for name in results if name.rpartition(".")[0] not in known):
        raise UsageError(
            f"{strangers[0]}.json is the result of none of {', '.join(sorted(known))}: "
            f"rename it, or add a row for it to {study}.toml"
        )
    return found


def _rows(study: DatasetName, notes: Notes, results: Mapping[str, EvaluationResult]) -> Iterator[Candidate]:
    def row(name: str, what: str, figures: tuple[StudyFigure, ...], preset: Preset | None = None) -> Candidate:
        mine = {result.protocol: result for stem, result in results.items() if stem == f"{name}.{result.protocol}"}
        wanted = preset.name if preset else name.removeprefix(f"{study}-")
        for protocol, result in mine.items():
            if result.candidate not in {wanted, name}:
                raise UsageError(
                    f"{name}.{protocol}.json is a result of {result.candidate!r}, not of {wanted!r}: rename it"
                )
        return Candidate(name, what, figures, preset, mine)

    for baseline in notes.baselines:
        yield row(baseline.name, baseline.what, baseline.study)
    presets = {preset.name: preset for preset in map(load_preset, packaged_presets()) if preset.data == study}
    if sorted(notes.presets) != sorted(presets):
        raise UsageError(
            f"{study}.toml lists the presets {', '.join(notes.presets)}, but there are {', '.join(sorted(presets))}"
        )
    for name in notes.presets:
        preset = presets[name]
        yield row(name, preset.description, preset.study, preset)
        for variant in notes.variants:
            if variant.preset == name:
                yield row(variant.name, variant.what, variant.study, preset)
