"""A task's tweets, labelled and unlabelled, with everything about them that no fold decides."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from model.errors import UsageError
from training.data import hate
from training.data.clusters import cluster_normalised, normalise
from training.data.datasets import read_tweets
from training.data.entities import read_learnt
from training.data.table import TableFormat, read_table
from training.data.tweets import LabelledTweets
from training.flagship.cache import identity, texts_identity
from training.flagship.recipe import Recipe

_UNLABELLED: Final = TableFormat("the unlabelled hate file", (hate.ID_COLUMN, hate.TEXT_COLUMN), "utf-8")


@dataclass(frozen=True)
class Corpus:
    """All tweets of a task."""

    tweets: LabelledTweets
    unlabelled: tuple[str, ...] = ()
    """Those that were drawn."""
    lending: tuple[str, ...] = ()
    """Those of them whose words may be put into copies of others."""

    @cached_property
    def normalised(self) -> tuple[str, ...]:
        """[tweets] what near-duplicates are found by."""
        return tuple(map(normalise, self.tweets.texts))

    @cached_property
    def clusters(self) -> npt.NDArray[np.intp]:
        """[tweets] number of each tweet's cluster of near-duplicates."""
        return cluster_normalised(self.normalised)

    @cached_property
    def identity(self) -> str:
        """Digest of the labelled tweets and their labels."""
        targets = hashlib.sha256(self.tweets.targets.astype("<i8").tobytes()).hexdigest()
        return identity(texts_identity(self.tweets.texts), targets, self.tweets.labels)

    @cached_property
    def same(self) -> npt.NDArray[np.intp]:
        """[tweets] number of each tweet's group: those that are the same when normalised."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(text, len(numbers)) for text in self.normalised], dtype=np.intp)


def read_corpus(recipe: Recipe, directory: Path, further: Path) -> Corpus:
    """Read a recipe's files from the directory of the data sets; unlabelled ones that it lacks, from a further one.

    Raises UsageError for a file that is missing or not what it should be.
    """
    labelled = read_tweets(recipe.task, directory / recipe.data.labelled)
    unlabelled: list[str] = []
    lending: list[str] = []
    for one in recipe.data.unlabelled:
        texts = drawn(_READERS[one.format](found_file(one.file, directory, further)), one.most, recipe.seed)
        unlabelled += texts
        lending += texts if one.lends_words else []
    return Corpus(labelled, tuple(unlabelled), tuple(lending))


def drawn(texts: Sequence[str], most: int, seed: int) -> list[str]:
    """Draw some texts at random, or take all if there are no more, in their order; only the seed decides."""
    places = np.random.default_rng([seed, len(texts)]).permutation(len(texts))[:most]
    return [texts[place] for place in np.sort(places).tolist()]


def found_file(name: str, directory: Path, further: Path) -> Path:
    """Return where a file is. Raises UsageError if it is in neither directory."""
    for path in (directory / name, further / name):
        if path.exists():
            return path
    raise UsageError(
        f"there is no {name} in {directory} or {further}: give the directory of the data sets with --data, that of "
        "other unlabelled tweets with --unlabelled ('make entity-tweets' fetches some)"
    )


def _column(path: Path) -> Sequence[str]:
    return [text for text in read_table(path, _UNLABELLED).columns[hate.TEXT_COLUMN] if text.strip()]


def _lines(path: Path) -> Sequence[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except OSError as error:
        raise UsageError(f"the unlabelled tweets {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8 (byte {error.start}): give one tweet a line, in UTF-8") from None


_READERS: Final[Mapping[str, Callable[[Path], Sequence[str]]]] = {
    "lines": _lines,
    "hate": _column,
    "entities": read_learnt,
}
