"""`warble-train report`: a study's page from result files."""

from pathlib import Path
from typing import Annotated

import typer

from training.data.datasets import DatasetName


def report_command(
    study: Annotated[DatasetName, typer.Argument(help="Whose page to write.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The page to write, Markdown; its picture goes beside it.")],
    results: Annotated[
        Path | None,
        typer.Option(help="Directory of NAME.PROTOCOL.json, each the metrics.json of an evaluation. Default: ours."),
    ] = None,
) -> None:
    """Write a study's page: its figures beside ours, what was run and what was not, what we found.

    All from result files; nothing is trained. NAME is a preset's, or that of another row of the study's notes
    (brands-logistic, brands-bilstm-output-bias, ...); PROTOCOL is study or grouped.
    """
    from training.dependencies import require_training_packages

    require_training_packages()
    from training.report.report import packaged_results, write_report

    for path in write_report(study, results or packaged_results(), out):
        typer.echo(path)
