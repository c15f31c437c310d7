"""Which tweets are there several times, and whether they got the same label each time."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from training.data.clusters import cluster_normalised, normalise
from training.data.marks import ADDRESS, MENTION
from training.explore.figures import Agreement, Repeats, Share

EXACT: Final = "identical, letter for letter"
UNDRESSED: Final = "identical but for links, mentions and RT"
NORMALISED: Final = "identical once normalised"
NEAR: Final = "near-duplicates"
_RETWEET: Final = re.compile(r"\brt\b", re.IGNORECASE)


def groupings(texts: Sequence[str]) -> dict[str, Sequence[Hashable]]:
    """Return, by what makes two tweets the same, one key a tweet: equal keys mean the same."""
    normalised = [normalise(text) for text in texts]
    return {
        EXACT: texts,
        UNDRESSED: [undressed(text) for text in texts],
        NORMALISED: normalised,
        NEAR: cluster_normalised(normalised).tolist(),
    }


def undressed(text: str) -> str:
    """Return a tweet without links, mentions and RT, wherever they stand, with single spaces between the rest."""
    return " ".join(_RETWEET.sub(" ", MENTION.sub(" ", ADDRESS.sub(" ", text))).split())


def repeats(keys: Iterable[Hashable]) -> Repeats:
    """Count the groups of tweets with equal keys."""
    sizes = Counter(keys).values()
    tweets = sum(sizes)
    repeated = [size for size in sizes if size > 1]
    return Repeats(
        groups=len(repeated),
        tweets=share(sum(repeated), tweets),
        beyond_the_first=share(tweets - len(sizes), tweets),
        largest=max(sizes, default=0),
        sizes=dict(sorted(Counter(sizes).items())),
    )


def agreement(keys: Sequence[Hashable], targets: npt.NDArray[np.intp]) -> Agreement:
    """Compare the labels of tweets with equal keys."""
    by_key: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
    for key, target in zip(keys, targets.tolist(), strict=True):
        by_key[key][target] += 1
    groups = [labels for labels in by_key.values() if labels.total() > 1]
    pairs = sum(_pairs(labels.total()) for labels in groups)
    return Agreement(
        groups=len(groups),
        tweets=sum(labels.total() for labels in groups),
        unanimous_groups=sum(len(labels) == 1 for labels in groups) / len(groups) if groups else None,
        agreeing_pairs=sum(_pairs(count) for labels in groups for count in labels.values()) / pairs if pairs else None,
    )


def chance(labels: Mapping[str, Share]) -> float:
    """Return the share of pairs that would agree if labels were dealt out at random."""
    return sum(part.share**2 for part in labels.values())


def share(count: int, whole: int) -> Share:
    """Return a count beside its share."""
    return Share(count=count, share=count / whole if whole else 0.0)


def _pairs(size: int) -> int:
    return size * (size - 1) // 2
