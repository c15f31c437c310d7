"""Options that several commands take, and what they check about them."""

from pathlib import Path
from typing import Annotated

import typer

from model.errors import UsageError
from training.precision import Precision

DataOption = Annotated[Path, typer.Option(help="The labelled data file, CSV.")]
GloveOption = Annotated[
    Path | None, typer.Option(help="File of GloVe vectors. Default: the preset's, beside the data file.")
]
MaxEpochsOption = Annotated[int | None, typer.Option(min=1, help="Fewer epochs than the preset allows.")]
PrecisionOption = Annotated[
    Precision,
    typer.Option(help="bfloat16 computes products in 16 bits. Default: bfloat16 on a GPU, float32 on a CPU."),
]


def checked_subset(share: float) -> float:
    """Return the share. Raises UsageError unless it is above 0 and at most 1."""
    if not 0 < share <= 1:
        raise UsageError(f"--subset {share} will not do: give a share above 0 and at most 1, such as 0.25")
    return share
