"""Which tweets are the same tweet again: exact and near-duplicates, joined into clusters.

Two tweets belong together if their normalised texts are equal, or the Jaccard similarity of the sets of their word
3-shingles (of what is shorter: the whole text) is at least 0.8; and so on from neighbour to neighbour. The search is
exact: every pair that could reach the threshold is compared. Two sets that alike must share an element among the
first few of each, in any one order of elements (prefix filtering: Chaudhuri et al., ICDE 2006), which with the
rarest first leaves few pairs to compare.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from training.data.marks import ADDRESS, MENTION

SHINGLE_WORDS: Final = 3
THRESHOLD: Final = (4, 5)
"""Least Jaccard similarity of near-duplicates, as a fraction: no rounding decides."""

_NUMERATOR, _DENOMINATOR = THRESHOLD
_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")
_RETWEET: Final = re.compile(r"^(?:rt\b\s*)+")


def normalise(text: str) -> str:
    """Return what is compared: words between single spaces.

    Encoding damage is mended (ftfy), letters become lower case; web addresses, ``{link}``, mentions, punctuation and
    a leading RT go.
    """
    import ftfy  # noqa: PLC0415 - keeps `--help` quick

    text = MENTION.sub(" ", ADDRESS.sub(" ", ftfy.fix_text(text).lower()))
    words = " ".join(_PUNCTUATION.sub(" ", text).split())
    return _RETWEET.sub("", words)


def shingles(normalised: str) -> frozenset[str]:
    """Return the runs of three words of a normalised text; of a text without any, the text itself."""
    words = normalised.split(" ")
    runs = len(words) - SHINGLE_WORDS + 1
    if runs < 1:
        return frozenset([normalised])
    return frozenset(" ".join(words[start : start + SHINGLE_WORDS]) for start in range(runs))


def cluster(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the cluster of each text: [texts], numbered by first appearance.

    Which texts are together does not depend on their order.
    """
    return cluster_normalised([normalise(text) for text in texts])


def cluster_normalised(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the same for texts that are normalised already."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - keeps `--help` quick
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    number_of: dict[str, int] = {}
    numbers = [number_of.setdefault(text, len(number_of)) for text in texts]
    if not numbers:
        return np.empty(0, dtype=np.intp)
    pairs = np.array(list(_alike([shingles(text) for text in number_of])), dtype=np.intp).reshape(-1, 2)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(number_of), len(number_of)))
    components = connected_components(links, directed=False)[1][numbers]
    _, first, inverse = np.unique(components, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.intp)


def representatives(clusters: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the position of each cluster's first text: [clusters], ascending."""
    return np.sort(np.unique(clusters, return_index=True)[1]).astype(np.intp)


def prefix(elements: frozenset[str], counts: Mapping[str, int]) -> list[str]:
    """Return so many of a set's elements that a set which is alike must have one of them, too.

    counts: how many sets have an element; the rarest, or unknown, come first, in one order for all sets.
    """
    ranked = sorted(elements, key=lambda element: (counts.get(element, 0), element))
    return ranked[: len(elements) - _least(len(elements)) + 1]


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the Jaccard similarity of two sets is at least the threshold."""
    shared = len(one & other)
    return _DENOMINATOR * shared >= _NUMERATOR * (len(one) + len(other) - shared)


def _least(size: int) -> int:
    """Return how many elements a set must share, and have, to be like one of ``size``: the threshold decides both."""
    return -(-size * _NUMERATOR // _DENOMINATOR)


def _alike(sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Yield every pair of positions whose sets are at least as similar as the threshold."""
    counts = Counter(element for elements in sets for element in elements)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    # Small sets first, so that whoever is found in the index is no larger.
    for position in sorted(range(len(sets)), key=lambda position: len(sets[position])):
        elements = sets[position]
        least = _least(len(elements))
        first = prefix(elements, counts)
        for other in {other for element in first for other in holders[element] if len(sets[other]) >= least}:
            if alike(elements, sets[other]):
                yield position, other
        for element in first:
            holders[element].append(position)
