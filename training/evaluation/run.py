"""An evaluation from its data file to its directory."""

from pathlib import Path

from model.errors import UsageError
from training.checkpoint import discard_checkpoint
from training.data.clusters import cluster
from training.data.datasets import read_tweets
from training.evaluation import mistakes, oof
from training.evaluation.answers import KeptAnswers, run_digest
from training.evaluation.assemble import assemble, check_answer
from training.evaluation.bundles import BundleCandidate
from training.evaluation.candidate import FoldAnswer
from training.evaluation.contenders import Contender, contender
from training.evaluation.drawings import draw
from training.evaluation.outcome import make_result
from training.evaluation.parts import Parts, splits_of
from training.evaluation.progress import FoldReporter
from training.evaluation.provenance import digest
from training.evaluation.result import FILE_NAME, EvaluationResult, Protocol
from training.evaluation.work import DEFAULT_FOLDS, Request, Work
from training.interrupted import InterruptedRunError
from training.publish import check_free, published_directory
from training.workdir import locked, remove_if_empty, work_directory


def evaluate(request: Request, reporter: FoldReporter) -> EvaluationResult:
    """Evaluate, and write the directory.

    Raises UsageError for anything wrong with files or options, InterruptedRunError when the user interrupts, and
    BundleError for a bundle that is missing or broken.
    """
    found = contender(request.what, request.data, request.overrides)
    protocol: Protocol = "whole" if found.kind == "bundle" and request.protocol == "grouped" else request.protocol
    _check(request, found, protocol)
    check_free(request.out, FILE_NAME, overwrite=request.overwrite)
    work_dir = work_directory(request.work_dir, request.out)
    kept = KeptAnswers(work_dir)
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
        with locked(work_dir):
            work = _prepared(request, found, protocol, work_dir, reporter)
            result = _evaluated(work, kept, reporter)
            if request.work_dir is None:
                kept.discard()
                for fold in range(len(work.splits)):
                    discard_checkpoint(work_dir / f"fold-{fold}")
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"interrupted; the answers of {kept.count()} finished folds are kept in {work_dir}: "
            "run the same command again to go on from there"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{error.filename or request.out} cannot be written: {error.strerror or error}: "
            "make room, or choose another directory"
        ) from None
    finally:
        remove_if_empty(work_dir)
    return result


def _check(request: Request, found: Contender, protocol: Protocol) -> None:
    """Refuse options that would do nothing."""
    if request.folds is not None and protocol != "grouped":
        raise UsageError("--folds is for a grouped evaluation of a preset or a baseline: leave it out")
    if request.subset < 1 and found.kind == "bundle":
        raise UsageError("--subset thins what is trained on, and a bundle is trained already: leave it out")


def _prepared(request: Request, found: Contender, protocol: Protocol, work_dir: Path, reporter: FoldReporter) -> Work:
    reporter.say(f"reading {request.data.name} and finding near-duplicates")
    tweets = read_tweets(found.data, request.data)
    clusters = cluster(tweets.texts)
    candidate = found.candidate(request.data, request.overrides, work_dir, reporter, anew=request.overwrite)
    if isinstance(candidate, BundleCandidate):
        candidate.check(tweets.labels)
    parts = Parts(protocol, request.folds or DEFAULT_FOLDS, found.split, request.subset, request.seed)
    splits = splits_of(tweets, clusters, parts)
    reporter.say(
        f"{len(tweets)} tweets in {clusters.max() + 1} clusters of near-duplicates; "
        f"{sum(len(split.test) for split in splits)} are scored"
    )
    return Work(request, found, candidate, protocol, tweets, clusters, splits, digest(request.data))


def _evaluated(work: Work, kept: KeptAnswers, reporter: FoldReporter) -> EvaluationResult:
    answers = _answers(work, kept, reporter)
    reporter.say("making the figures and their intervals")
    table = assemble(work.tweets, work.clusters, work.splits, answers)
    result = make_result(work, answers, table)
    texts = dict(zip(work.tweets.rows.tolist(), work.tweets.texts, strict=True))
    with published_directory(work.request.out, FILE_NAME, overwrite=work.request.overwrite) as draft:
        oof.write_oof(table, draft / oof.FILE_NAME)
        mistakes.write_mistakes(table, texts, draft / mistakes.FILE_NAME)
        draw(result, draft)
        (draft / FILE_NAME).write_text(result.to_json(), encoding="utf-8")
    return result


def _answers(work: Work, kept: KeptAnswers, reporter: FoldReporter) -> list[FoldAnswer]:
    answers = []
    reporter.folds_begin(len(work.splits))
    for fold, split in enumerate(work.splits):
        run = run_digest(work.candidate.identity, work.data_digest, split)
        answer = kept.find(fold, run)
        how = "kept from before"
        if answer is None:
            answer = work.candidate.answer(work.tweets, split, fold)
            check_answer(work.candidate.name, split, answer, len(work.tweets.labels))
            kept.keep(fold, run, answer)
            how = f"trained in {answer.seconds:.1f} s" if len(split.train) else "answered"
        answers.append(answer)
        reporter.fold_done(
            f"fold {fold + 1} of {len(work.splits)}: {len(split.train)} tweets to train on, {len(split.validation)} to "
            f"validate, {len(split.test)} to score; {how}"
        )
    return answers
