"""The texts that a student learns from: training tweets, augmented copies of them, and tweets without labels."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from training.data.marks import ADDRESS, MENTION
from training.flagship.augment import EDITION, Augmenter
from training.flagship.cache import Cache, identity, pack, texts_identity, unpack
from training.flagship.fold import Fold
from training.flagship.progress import Reporter
from training.flagship.recipe import Recipe

_NAME = "material"


class Kind(IntEnum):
    """Where a text comes from."""

    LABELLED = 0
    COPY = 1
    UNLABELLED = 2


@dataclass(frozen=True)
class Material:
    """Texts, none of them near a tweet of the fold's validation or test part, no two the same."""

    texts: list[str]
    kinds: npt.NDArray[np.int8]
    """[texts] a ``Kind`` each."""
    origins: npt.NDArray[np.intp]
    """[texts] the training tweet, by its place in the fold's training part, that a text is or was made from;
    -1 for an unlabelled tweet."""


def material(fold: Fold, recipe: Recipe, cache: Cache, reporter: Reporter) -> Material:
    """Gather a fold's texts, or read what was gathered; only the recipe, its seed and the fold decide them."""
    under = identity(
        EDITION,
        fold.identity,
        texts_identity(fold.corpus.unlabelled),
        texts_identity(fold.corpus.lending),
        recipe.seed,
        recipe.augmentation.model_dump(),
        recipe.transfer.copies,
    )
    stored = cache.made(_NAME, under, lambda: _arrays(_gathered(fold, recipe, reporter)))
    return Material(unpack(stored["texts"]), stored["kinds"], stored["origins"])


def _gathered(fold: Fold, recipe: Recipe, reporter: Reporter) -> Material:
    seen: set[str] = set()
    dropped: Counter[Kind] = Counter()
    found: list[tuple[str, Kind, int]] = []
    copies = recipe.transfer.copies * len(fold.split.train)
    total = len(fold.split.train) + copies + len(fold.corpus.unlabelled)
    with reporter.task(f"{fold.name}: gathering texts", total) as advance:
        for text, kind, origin in _candidates(fold, recipe):
            advance(1)
            if text in seen:
                continue
            seen.add(text)
            if fold.held_out.near(text):
                dropped[kind] += 1
            else:
                found.append((text, kind, origin))
    counts = Counter(kind for _, kind, _ in found)
    reporter.say(
        f"{fold.name}: {counts[Kind.LABELLED]} training tweets, {counts[Kind.COPY]} copies, "
        f"{counts[Kind.UNLABELLED]} unlabelled tweets; dropped for being near a tweet that is held out: "
        f"{dropped[Kind.LABELLED]} training tweets, {dropped[Kind.COPY]} copies, {dropped[Kind.UNLABELLED]} unlabelled "
        "tweets"
    )
    texts, kinds, origins = zip(*found, strict=True)
    return Material(list(texts), np.array(kinds, dtype=np.int8), np.array(origins, dtype=np.intp))


def _candidates(fold: Fold, recipe: Recipe) -> Iterator[tuple[str, Kind, int]]:
    tweets = [" ".join(text.split()) for text in fold.texts(fold.split.train)]
    unlabelled = [" ".join(text.split()) for text in fold.corpus.unlabelled]
    for place, text in enumerate(tweets):
        yield text, Kind.LABELLED, place
    lent = (word for text in fold.corpus.lending for word in text.split())
    words = [word for word in lent if not (ADDRESS.match(word) or MENTION.match(word))]
    augmenter = Augmenter(tweets, words, recipe.augmentation, recipe.seed)
    for number in range(recipe.transfer.copies):
        for place, text in augmenter.copies(number):
            yield text, Kind.COPY, place
    for text in unlabelled:
        yield text, Kind.UNLABELLED, -1


def _arrays(found: Material) -> dict[str, npt.NDArray[np.generic]]:
    return {"texts": pack(found.texts), "kinds": found.kinds, "origins": found.origins}
