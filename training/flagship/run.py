"""A flagship's recipe from its files to scores and bundle, stage by stage; what is made stays in the work directory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import UsageError
from training.data.entities import HeldBack, read_held_back
from training.data.tweets import LabelledTweets
from training.evaluation.assemble import assemble, check_answer
from training.evaluation.candidate import FoldAnswer
from training.evaluation.oof import FILE_NAME as OOF
from training.evaluation.oof import Oof, write_oof
from training.evaluation.provenance import digest
from training.flagship.ablation import SUFFIX as ABLATION
from training.flagship.ablation import AblatedStudent, variants
from training.flagship.cache import Cache
from training.flagship.card import Evidence
from training.flagship.checks import LEAKY, UNLIKE, Answered, check_apart, curve, guarded, unlike
from training.flagship.corpus import Corpus, found_file, read_corpus
from training.flagship.elsewhere import SUFFIX, check_labels, elsewhere
from training.flagship.fold import FINAL, OUTER, Fold, final_fold, outer_folds, study_fold
from training.flagship.keras_runtime import check_backend, forget_networks
from training.flagship.pretrained import Pretrained, find_pretrained
from training.flagship.progress import Reporter
from training.flagship.recipe import Recipe
from training.flagship.scores import FILE_NAME, PARTIAL_FILE_NAME, ScoreFile, compared, scored
from training.flagship.ship import DIRECTORY as BUNDLE
from training.flagship.ship import ship
from training.flagship.stage import Stage
from training.flagship.students import NAME as STUDENT
from training.flagship.students import WIDE, FoldStudent, WideStudent
from training.flagship.teachers import Teachers
from training.interrupted import InterruptedRunError
from training.precision import Precision, resolved
from training.publish import check_free, published_directory
from training.workdir import locked, work_directory

Answers = dict[str, FoldAnswer]
"""Of each candidate in one fold."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    recipe: Recipe
    data: Path
    """Directory of the data sets."""
    unlabelled: Path
    """Directory of unlabelled tweets that are not among the data sets."""
    encoder: Path
    """Directory of the pretrained encoder."""
    out: Path
    work_dir: Path | None
    only: tuple[str, ...]
    """Names of the folds to work at; none for all of them."""
    until: Stage
    precision: Precision
    overwrite: bool
    ablation: int = 0
    """In how many outer folds there are students that lack something, too."""
    checks: bool = False
    """Whether teachers break the protocol, and learn from parts of the training tweets, too."""

    @property
    def beside(self) -> bool:
        """Tell whether anything beside the stages is asked for."""
        return bool(self.ablation) or self.checks


def run(request: Request, reporter: Reporter) -> ScoreFile | None:
    """Run the stages, and write the scores; of some folds only those of what is asked for beside the stages, or None.

    Raises UsageError for anything wrong with files or options, InterruptedRunError when the user interrupts.
    """
    if request.beside or not request.only:
        check_free(request.out, PARTIAL_FILE_NAME if request.only else FILE_NAME, overwrite=request.overwrite)
    work_dir = work_directory(request.work_dir, request.out)
    try:
        return _Run(request, work_dir, reporter).run()
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"interrupted; what was made is kept in {work_dir}: run the same command again to go on from there"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{error.filename or work_dir} cannot be written: {error.strerror or error}: "
            "make room, or choose another directory"
        ) from None


class _Run:
    def __init__(self, request: Request, work_dir: Path, reporter: Reporter) -> None:
        self._request = request
        self._recipe = request.recipe
        self._work_dir = work_dir
        self._reporter = reporter
        self._beside: dict[str, list[Answered]] = {}
        """What not all outer folds have, or not as they are: by the candidate's name, a fold each."""
        self._pretrained: Pretrained | None = find_pretrained(request.encoder) if request.recipe.teacher.seeds else None
        self._check()

    def _check(self) -> None:
        """Refuse now what would be refused after hours of teaching."""
        self._refuse_what_would_do_nothing()
        if not self._request.until.reaches(Stage.STUDENT):
            return
        check_backend()
        wanted = self._recipe.student.dimension
        if self._pretrained is not None and wanted > (given := self._pretrained.shape.hidden_size):
            raise UsageError(
                f"the student's vectors have {wanted} dimensions, the encoder's {given}: "
                "give the recipe's student a smaller dimension"
            )

    def _refuse_what_would_do_nothing(self) -> None:
        request, folds = self._request, self._recipe.folds
        if request.ablation > folds:
            raise UsageError(f"there are {folds} folds, --ablation {request.ablation} asks for more: ask for fewer")
        if request.ablation and not request.until.reaches(Stage.STUDENT):
            raise UsageError(f"--ablation trains students, --until {request.until} none: leave out one of them")
        for option, wanted in (("--ablation", request.ablation), ("--checks", folds if request.checks else 0)):
            if wanted and request.only and not _first(wanted) & set(request.only):
                names = f"{OUTER}0" if wanted == 1 else f"{OUTER}0 to {OUTER}{wanted - 1}"
                raise UsageError(f"{option} is about {names}, of which --fold asks for none: leave out one of them")

    def run(self) -> ScoreFile | None:
        recipe = self._recipe
        self._reporter.say(f"reading {recipe.data.labelled} and finding near-duplicates")
        corpus = read_corpus(recipe, self._request.data, self._request.unlabelled)
        wanted = self._wanted(corpus)
        held_back = self._held_back(wanted)
        answers: dict[str, Answers] = {}
        for fold in wanted:
            # A fold at a time, so that several runs may work at different ones.
            with locked(self._work_dir / fold.name):
                answers[fold.name] = self._worked_at(fold)
        if not self._request.only:
            return self._scores(corpus, wanted, answers, held_back)
        if not self._beside:
            return None
        self._reporter.say("making the figures and their intervals")
        return self._published(self._beside_tables(), PARTIAL_FILE_NAME)

    def _wanted(self, corpus: Corpus) -> list[Fold]:
        recipe, only = self._recipe, self._request.only
        folds = outer_folds(corpus, recipe.folds, recipe.seed)
        check_apart(folds)
        if only or self._request.until is Stage.FINAL:
            folds += [study_fold(corpus, recipe.task)] if recipe.study_split else []
            folds.append(final_fold(corpus, recipe.seed))
        names = [fold.name for fold in folds]
        if unknown := [name for name in only if name not in names]:
            raise UsageError(f"there is no fold {unknown[0]!r}: there are {', '.join(names)}")
        return [fold for fold in folds if not only or fold.name in only]

    def _worked_at(self, fold: Fold) -> Answers:
        """Go through a fold's stages; return what each candidate answers."""
        split = fold.split
        self._reporter.say(
            f"{fold.name}: {len(split.train)} tweets to train on, {len(split.validation)} to validate, "
            f"{len(split.test)} to score"
        )
        teachers = self._teachers(fold)
        answers: Answers = {name: teachers.answer(name) for name in teachers.names()}
        self._reporter.say(f"{fold.name}: {_choice(teachers)}")
        if self._request.until.reaches(Stage.TRANSFER):
            transfer = teachers.transfer_set()
            self._reporter.say(f"{fold.name}: a student has {len(transfer)} texts to learn from")
        if self._request.until.reaches(Stage.STUDENT):
            answers[WIDE] = WideStudent(teachers).answer()
            answers[STUDENT] = FoldStudent(teachers).answer()
        for name, answer in answers.items():
            check_answer(name, split, answer, fold.classes)
        for name, answered in self._further(teachers, answers).items():
            check_answer(name, answered.fold.split, answered.answer, fold.classes)
            self._beside.setdefault(name, []).append(answered)
        forget_networks()
        return answers

    def _further(self, teachers: Teachers, answers: Answers) -> dict[str, Answered]:
        """Answer what was asked for beside the stages."""
        request, fold = self._request, teachers.fold
        found: dict[str, Answered] = {}
        if request.until.reaches(Stage.STUDENT) and fold.name in _first(request.ablation):
            lacking = {one.name: AblatedStudent(teachers, one).answer() for one in variants(self._recipe)}
            found |= {f"{name}{ABLATION}": Answered(fold, answer) for name, answer in (answers | lacking).items()}
        if request.checks and fold.name.startswith(OUTER):
            found |= guarded(teachers)
        if request.checks and fold.name in _first(1):
            # Teachers of ever fewer tweets take their time: one fold must do.
            found |= curve(teachers)
        return found

    def _teachers(self, fold: Fold) -> Teachers:
        cache = Cache(self._work_dir / fold.name)
        return Teachers(fold, self._recipe, cache, self._reporter, self._pretrained, self._request.precision)

    def _scores(
        self, corpus: Corpus, folds: Sequence[Fold], answers: dict[str, Answers], held_back: HeldBack | None
    ) -> ScoreFile:
        """Make the figures, and write the directory."""
        self._reporter.say("making the figures and their intervals")
        outer = [fold for fold in folds if fold.name.startswith(OUTER)]
        tables: dict[str, Oof] = {
            name: _table(corpus, outer, [answers[fold.name][name] for fold in outer]) for name in answers[outer[0].name]
        }
        if self._request.checks:
            judged = [name for name in ("linear", STUDENT) if name in tables]
            tables |= {f"{name}{UNLIKE}": unlike(tables[name], corpus) for name in judged}
        tables |= self._beside_tables()
        study = [fold for fold in folds if fold.name == "study"]
        for fold in study:
            tables |= {f"{name}.study": _table(corpus, [fold], [found]) for name, found in answers[fold.name].items()}
        whole = [FoldStudent(self._teachers(fold)) for fold in folds if fold.name == FINAL]
        if held_back is not None:
            self._reporter.say(f"judging {len(held_back.texts):,} tweets on other topics")
            with locked(self._work_dir / FINAL):
                tables |= elsewhere(whole[0], held_back)

        def bundle(result: ScoreFile, draft: Path) -> None:
            for made in whole:
                self._reporter.say("writing the bundle and its card")
                with locked(self._work_dir / FINAL):
                    ship(made, Evidence(result, tables[STUDENT]), draft / BUNDLE)

        return self._published(tables, FILE_NAME, bundle)

    def _beside_tables(self) -> dict[str, Oof]:
        return {
            # By their own labels: those that were shuffled are what a leak would tell.
            name: _table(found[0].fold.corpus, [one.fold for one in found], [one.answer for one in found])
            for name, found in self._beside.items()
        }

    def _published(
        self, tables: Mapping[str, Oof], name: str, further: Callable[[ScoreFile, Path], None] | None = None
    ) -> ScoreFile:
        """Make the figures, and write the directory; further: puts more into its draft."""
        request, recipe = self._request, self._recipe
        result = ScoreFile(
            recipe=recipe.name,
            recipe_digest=recipe.digest,
            task=recipe.task,
            data_digest=digest(request.data / recipe.data.labelled),
            folds=recipe.folds,
            seed=recipe.seed,
            precision=resolved(request.precision),
            notes=tuple(_notes(tables, {name: tables[name] for name in self._beside}, recipe.folds)),
            scores=tuple(scored(candidate, table) for candidate, table in tables.items()),
            over_linear=compared(tables[STUDENT], tables["linear"]) if STUDENT in tables else {},
        )
        with published_directory(request.out, name, overwrite=request.overwrite) as draft:
            for candidate, table in tables.items():
                (draft / candidate).mkdir()
                write_oof(table, draft / candidate / OOF)
            if further is not None:
                further(result, draft)
            (draft / name).write_text(result.to_json(), encoding="utf-8")
        return result

    def _held_back(self, folds: Sequence[Fold]) -> HeldBack | None:
        """Read the tweets from elsewhere, if there is to be a network to judge by them."""
        name = self._recipe.data.elsewhere
        if self._request.only or self._request.until is not Stage.FINAL or not name:
            return None
        self._reporter.say(f"reading {name} and finding near-duplicates")
        held_back = read_held_back(found_file(name, self._request.data, self._request.unlabelled))
        check_labels(held_back, folds[0].corpus.tweets.labels)
        return held_back


def _first(folds: int) -> set[str]:
    """Name the first outer folds."""
    return {f"{OUTER}{number}" for number in range(folds)}


def _table(corpus: Corpus, folds: Sequence[Fold], answers: Sequence[FoldAnswer]) -> Oof:
    tweets: LabelledTweets = corpus.tweets
    splits, numbers = [fold.split for fold in folds], [fold.number for fold in folds]
    return assemble(tweets, corpus.clusters, splits, answers, numbers=numbers)


def _notes(tables: Mapping[str, Oof], beside: Mapping[str, Oof], folds: int) -> Iterator[str]:
    if f"{STUDENT}.study" in tables:
        yield "the study's split leaks near-duplicates into training: what ends in .study flatters"
    if LEAKY in tables:
        yield f"{LEAKY} has seen near-duplicates of what it is judged by: it shows how much that flatters"
    partial: dict[tuple[int, ...], list[str]] = {}
    for name, table in sorted(beside.items()):
        partial.setdefault(tuple(np.unique(table.fold).tolist()), []).append(name)
    for numbers, names in partial.items():
        if len(numbers) < folds:
            yield f"of {' and '.join(f'{OUTER}{number}' for number in numbers)} only: {', '.join(names)}"
    if (judged := tables.get(f"{STUDENT}{SUFFIX}")) is not None:
        yield (
            f"what ends in {SUFFIX} is of networks of all tweets, on {len(judged):,} tweets about entities that "
            "nothing was learnt of"
        )


def _choice(teachers: Teachers) -> str:
    chosen = teachers.chosen(teachers.names()[-1])
    return f"the encoders' share is {chosen.share:g}, the temperature {chosen.temperature:.2f}"
