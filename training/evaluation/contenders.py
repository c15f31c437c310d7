"""What can be asked for by name: baselines, presets and bundles."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from model.bundle.shipped import shipped
from model.errors import UsageError
from training.data import brands, hate
from training.data.datasets import DatasetName
from training.data.splits import SplitConfig
from training.evaluation.baselines import ClassPrior, Logistic
from training.evaluation.candidate import Candidate
from training.precision import Precision
from training.presets.preset import load_preset, packaged_presets
from training.presets.schema import Preset
from training.progress import Reporter
from training.weighting import ClassWeighting

BASELINES: Final[dict[str, Candidate]] = {
    candidate.name: candidate for candidate in (ClassPrior(), Logistic(weighted=False), Logistic(weighted=True))
}
STUDY_PRESETS: Final[dict[DatasetName, str]] = {"brands": "brands-bilstm", "hate": "hate-base"}
"""Whose split is taken as the study's for what brings none of its own."""
_COLUMNS: Final[dict[DatasetName, tuple[str, ...]]] = {"brands": brands.COLUMNS, "hate": hate.COLUMNS}


@dataclass(frozen=True)
class Overrides:
    """What the command line changes of a preset."""

    seed: int | None = None
    weighting: ClassWeighting | None = None
    max_epochs: int | None = None
    glove: Path | None = None
    precision: Precision = Precision.AUTO


@dataclass(frozen=True)
class Contender:
    """What was asked for, before its data are read."""

    kind: Literal["baseline", "preset", "bundle"]
    what: str
    data: DatasetName
    split: SplitConfig
    """The study's."""
    preset: Preset | None = None

    def candidate(
        self, data: Path, overrides: Overrides, work_dir: Path, reporter: Reporter, *, anew: bool = False
    ) -> Candidate:
        """Make it ready to answer. Raises BundleError or UsageError for a bundle that does not load.

        anew: whether another run's checkpoint in ``work_dir`` is thrown away.
        """
        if self.preset is not None:
            from training.candidate import PresetCandidate  # noqa: PLC0415 - imports TensorFlow

            return PresetCandidate(
                self.preset,
                overrides.glove or data.parent,
                work_dir,
                reporter,
                wanted_precision=overrides.precision,
                anew=anew,
            )
        if self.kind == "bundle":
            from model.classifier import Classifier  # noqa: PLC0415 - loads an engine
            from training.evaluation.bundles import BundleCandidate  # noqa: PLC0415

            return BundleCandidate(Classifier.load(self.what))
        return BASELINES[self.what]


def contender(what: str, data: Path, overrides: Overrides) -> Contender:
    """Find out what ``what`` names: a baseline, a preset (name or .toml file), or a bundle (name or directory).

    Raises UsageError for what is none of them and for options that do not apply, BundleError for a broken bundle.
    """
    if what in packaged_presets() or what.endswith(".toml"):
        preset = load_preset(what).changed(
            seed=overrides.seed, weighting=overrides.weighting, max_epochs=overrides.max_epochs
        )
        return Contender("preset", what, preset.data, preset.split, preset)
    _refuse_preset_options(what, overrides)
    if what in BASELINES:
        data_set = data_set_of(data)
        return Contender("baseline", what, data_set, load_preset(STUDY_PRESETS[data_set]).split)
    if what in shipped() or Path(what).is_dir():
        data_set = _task_of(what)
        return Contender("bundle", what, data_set, load_preset(STUDY_PRESETS[data_set]).split)
    raise UsageError(
        f"nothing is called {what!r}: there are {', '.join(BASELINES)}, the presets {', '.join(packaged_presets())}, "
        f"the bundles {', '.join(shipped())}, or the path of a preset's .toml file or of a bundle's directory"
    )


def data_set_of(data: Path) -> DatasetName:
    """Tell by its columns which data set a file belongs to. Raises UsageError if they are of neither."""
    try:
        with data.open(encoding="latin-1", newline="") as file:
            header = next(csv.reader(file), [])
    except FileNotFoundError:
        raise UsageError(f"there is no data file {data}: give a labelled CSV file with --data") from None
    except OSError as error:
        raise UsageError(f"the data file {data} cannot be read: {error.strerror or error}") from None
    except csv.Error:
        header = []
    common = {name: len(set(columns).intersection(header)) for name, columns in _COLUMNS.items()}
    best = max(common, key=lambda name: common[name])
    if not common[best]:
        known = " nor ".join(f"those of {name} ({', '.join(columns)})" for name, columns in _COLUMNS.items())
        raise UsageError(f"{data.name} has neither the columns of {known.removeprefix('those of ')}: give another file")
    return best


def _task_of(bundle: str) -> DatasetName:
    from model.bundle.read import load_bundle  # noqa: PLC0415 - reads and hashes every file

    metadata = load_bundle(bundle).metadata
    for name in _COLUMNS:
        if metadata.task == name:
            return name
    raise UsageError(
        f"bundle {metadata.name!r} is for the task {metadata.task!r}: give one for {' or '.join(map(repr, _COLUMNS))}"
    )


def _refuse_preset_options(what: str, overrides: Overrides) -> None:
    given = {
        "--weighting": overrides.weighting is not None,
        "--max-epochs": overrides.max_epochs is not None,
        "--glove": overrides.glove is not None,
        "--precision": overrides.precision is not Precision.AUTO,
    }
    if options := [option for option, is_given in given.items() if is_given]:
        raise UsageError(f"{options[0]} is for presets only, and {what!r} is none: leave it out")
