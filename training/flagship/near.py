"""Which texts are near-duplicates of texts that are held out."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from training.data.clusters import THRESHOLD, normalise, shingles

_NUMERATOR: Final = THRESHOLD[0]
_DENOMINATOR: Final = THRESHOLD[1]


class HeldOut:
    """Texts that nothing may be near to.

    Near means what it means for clusters (:mod:`training.data.clusters`): equal when normalised, or a Jaccard
    similarity of the word 3-shingles of at least 0.8. The search is exact, by the same prefix filter.
    """

    def __init__(self, normalised: Iterable[str]) -> None:
        """Hold out texts that are normalised already."""
        self._texts = frozenset(normalised)
        sets = [shingles(text) for text in self._texts]
        self._counts = Counter(element for elements in sets for element in elements)
        self._holders: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
        for elements in sets:
            for element in self._prefix(elements):
                self._holders[element].append(elements)

    def near(self, text: str) -> bool:
        """Tell whether a text as it stands is near one that is held out."""
        return self.near_normalised(normalise(text))

    def near_normalised(self, normalised: str) -> bool:
        """Tell the same of a text that is normalised already."""
        if normalised in self._texts:
            return True
        elements = shingles(normalised)
        # Two sets that alike share an element among the first few of each: elsewhere nothing needs to be compared.
        return any(
            _alike(elements, other) for element in self._prefix(elements) for other in self._holders.get(element, ())
        )

    def _prefix(self, elements: frozenset[str]) -> list[str]:
        """Return so many of the elements, in one order for all sets, that an alike set must have one of them.

        Rare ones first; those that no held-out text has come before all.
        """
        least = -(-len(elements) * _NUMERATOR // _DENOMINATOR)
        ranked = sorted(elements, key=lambda element: (self._counts[element], element))
        return ranked[: len(elements) - least + 1]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return _DENOMINATOR * shared >= _NUMERATOR * (len(one) + len(other) - shared)
