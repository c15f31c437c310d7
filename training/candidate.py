"""A preset under evaluation: trained anew on each fold."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from training.data.splits import Split
from training.data.tweets import LabelledTweets
from training.evaluation.candidate import FoldAnswer
from training.evaluation.provenance import digest
from training.precision import Precision, resolved
from training.prepare import prepare
from training.presets.schema import Preset, RecurrentPreset
from training.progress import Reporter
from training.recurrent import glove_file
from training.runtime import tensorflow
from training.train import train


@dataclass(frozen=True)
class PresetCandidate:
    """Trains a preset on a fold's training part, stops on its validation part, answers its test part."""

    preset: Preset
    glove: Path
    """The GloVe file, or the directory in which the preset's is looked for."""
    work_dir: Path
    """Where each fold's checkpoints go, in a directory of its own."""
    reporter: Reporter
    wanted_precision: Precision = Precision.AUTO
    anew: bool = False
    """Whether another run's checkpoint is thrown away; otherwise it is refused."""

    @property
    def name(self) -> str:
        """Name the preset."""
        return self.preset.name

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """Everything but data and split that decides the answers."""
        vectors = glove_file(self.preset, self.glove) if isinstance(self.preset, RecurrentPreset) else None
        return {
            "preset": self.preset.model_dump_json(exclude={"description", "study", "search"}),
            "precision": self.precision,
            "word vectors": digest(vectors) if vectors else "",
            "tensorflow": tensorflow().__version__,
            "keras": version("keras"),
            "numpy": version("numpy"),
        }

    @cached_property
    def device(self) -> str:
        """Where it trains, in words."""
        gpus = tensorflow().config.list_physical_devices("GPU")
        if not gpus:
            return f"cpu ({platform.machine()})"
        details = tensorflow().config.experimental.get_device_details(gpus[0])
        return str(details.get("device_name", "gpu"))

    @cached_property
    def precision(self) -> str:
        """Of the training steps."""
        return str(resolved(self.wanted_precision))

    def answer(self, tweets: LabelledTweets, split: Split, fold: int) -> FoldAnswer:
        """See :class:`training.evaluation.candidate.Candidate`."""
        prepared = prepare(self.preset, tweets, split, glove=self.glove)
        directory = self.work_dir / f"fold-{fold}"
        result = train(prepared, directory, self.reporter, precision=self.wanted_precision, anew=self.anew)
        predict = prepared.predictor(result.best_weights)
        return FoldAnswer(
            validation=predict(split.validation).astype("float64"),
            test=predict(split.test).astype("float64"),
            epochs=len(result.history),
            seconds=sum(epoch["seconds"] for epoch in result.history),
            unknown_share=prepared.unknown_share(split.test),
        )
