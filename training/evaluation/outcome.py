"""What is said in the end about an evaluation."""

from collections.abc import Iterator, Sequence

from model.cpus import usable_cores
from training.evaluation.assemble import threshold_of
from training.evaluation.bundles import NOTE
from training.evaluation.candidate import FoldAnswer
from training.evaluation.curves import curves
from training.evaluation.oof import Oof
from training.evaluation.provenance import versions
from training.evaluation.recompute import figures
from training.evaluation.result import EvaluationResult, FoldRun
from training.evaluation.slices import slices
from training.evaluation.work import Work


def make_result(work: Work, answers: Sequence[FoldAnswer], table: Oof) -> EvaluationResult:
    """Make every figure from the scored tweets, and say how they came about."""
    return EvaluationResult(
        candidate=work.candidate.name,
        data=work.contender.data,
        data_file=work.request.data.name,
        data_digest=work.data_digest,
        protocol=work.protocol,
        folds=tuple(
            FoldRun(
                fold=fold,
                train=len(split.train),
                validation=len(split.validation),
                test=len(split.test),
                epochs=answer.epochs,
                seconds=round(answer.seconds, 1),
                threshold=threshold_of(work.tweets, split, answer),
            )
            for fold, (split, answer) in enumerate(zip(work.splits, answers, strict=True))
        ),
        seed=work.request.seed,
        subset=work.request.subset,
        max_epochs=work.contender.preset.fit.max_epochs if work.contender.preset else None,
        tweets=len(work.tweets),
        clusters=int(work.clusters.max()) + 1,
        twins_in_training=None if work.protocol == "whole" else round(float(table.twin_in_training.mean()), 6),
        labels=work.tweets.labels,
        device=work.candidate.device,
        precision=work.candidate.precision,
        cores=usable_cores(),
        versions=versions(),
        notes=tuple(_notes(work, table)),
        figures=figures(table),
        curves=curves(table),
        slices=slices(table),
    )


def _notes(work: Work, table: Oof) -> Iterator[str]:
    if work.contender.kind == "bundle":
        yield NOTE
    if work.protocol == "study":
        yield (
            f"{table.twin_in_training.mean():.1%} of the scored tweets have a near-duplicate in the training part: "
            "the study's split leaks, so these figures flatter"
        )
    if work.request.subset < 1:
        yield f"trained on {work.request.subset:.0%} of the training part only"
    if (weighting := work.request.overrides.weighting) is not None:
        yield f"class weighting: {weighting}"
    if work.request.overrides.max_epochs is not None:
        yield f"trained for {work.request.overrides.max_epochs} epochs at most"
