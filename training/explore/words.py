"""Which words tweets use, and which words are typical of a class."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import numpy as np

from training.explore.figures import Count

TOP: Final = 15
_PRIOR_WORDS: Final = 1_000
"""Weight of the prior, in words: how much a class must say before its own habits count."""


def count_words(token_lists: Iterable[Sequence[str]]) -> Counter[str]:
    """Count every occurrence of every word."""
    return Counter(chain.from_iterable(token_lists))


def top(counts: Counter[str], most: int = TOP) -> tuple[Count, ...]:
    """Return the most frequent, of equals the first in the alphabet."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name=name, count=count) for name, count in ranked[:most])


def typical(counts: Counter[str], others: Counter[str], most: int = TOP) -> tuple[Count, ...]:
    """Return the words that ``counts`` has more of than ``others``, most telling first.

    Ranked by the z-score of the log-odds ratio with an informative Dirichlet prior, the words of both (Monroe,
    Colaresi and Quinn: "Fightin' Words", 2008), which favours neither rare words nor frequent ones.
    """
    both = counts + others
    total = both.total()
    if len(both) < 2:  # noqa: PLR2004 - whoever says only one word says nothing else less often
        return ()
    words = sorted(counts)
    prior = np.array([both[word] for word in words]) / total * _PRIOR_WORDS
    here = np.array([counts[word] for word in words]) + prior
    there = np.array([others[word] for word in words]) + prior
    ratio = np.log(here / (counts.total() + _PRIOR_WORDS - here)) - np.log(
        there / (others.total() + _PRIOR_WORDS - there)
    )
    z = ratio / np.sqrt(1 / here + 1 / there)
    ranked = sorted(range(len(words)), key=lambda index: (-z[index], words[index]))
    return tuple(Count(name=words[index], count=counts[words[index]]) for index in ranked[:most] if z[index] > 0)
