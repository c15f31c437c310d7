"""Which texts are near-duplicates of texts that are held out."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from training.data.clusters import alike, normalise, prefix, shingles


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
            for element in prefix(elements, self._counts):
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
        first = prefix(elements, self._counts)
        return any(alike(elements, other) for element in first for other in self._holders.get(element, ()))
