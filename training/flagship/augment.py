"""New tweets from old ones, so that a teacher has more to say than there are labelled tweets.

As Tang et al. ("Distilling Task-Specific Knowledge from BERT", 2019) do it for a BiLSTM student: nonsense is welcome,
because the teacher labels it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from training.flagship.recipe import AugmentationConfig

EDITION: Final = 1
"""To be raised when copies are made differently: what was made of them is made anew then."""
_SHORTEST: Final = 3
"""Words of a tweet that is worth cutting; of a shorter one a copy is mostly the tweet itself, and is left out."""
Words = list[str]


class Augmenter:
    """Makes copies of tweets, each changed in one way that is drawn at random."""

    def __init__(self, texts: Sequence[str], strange: Sequence[str], config: AugmentationConfig, seed: int) -> None:
        """Take the tweets to copy, and words from elsewhere (as often as each occurs) to put into them.

        Without any such words, tweets' own are taken.
        """
        self._tweets = [text.split() for text in texts]
        self._strange = list(strange) or [word for words in self._tweets for word in words]
        self._config = config
        self._seed = seed
        ways: dict[Callable[[Words, np.random.Generator], Words], float] = {
            self._without_some: config.drop,
            self._span: config.span,
            self._spliced: config.splice,
            self._with_strange: config.replace,
        }
        self._ways = list(ways)
        self._shares = np.array(list(ways.values())) / sum(ways.values())

    def copies(self, number: int) -> Iterator[tuple[int, str]]:
        """Yield one copy of each tweet that has enough words, as (place of the tweet, text).

        number: of the copy, from 0; with the seed it decides all that is random.
        """
        random = np.random.default_rng([self._seed, number])
        ways = random.choice(len(self._ways), size=len(self._tweets), p=self._shares)
        for place, (words, way) in enumerate(zip(self._tweets, ways.tolist(), strict=True)):
            if len(words) >= _SHORTEST:
                yield place, " ".join(self._ways[way](words, random))

    def _without_some(self, words: Words, random: np.random.Generator) -> Words:
        """Drop some words, a share of them that is drawn, too; at least one stays."""
        stays = random.random(len(words)) >= random.uniform(0, self._config.most_dropped)
        stays[random.integers(len(words))] = True
        return [word for word, stay in zip(words, stays.tolist(), strict=True) if stay]

    def _span(self, words: Words, random: np.random.Generator) -> Words:
        """Keep a run of words, of at least ``_SHORTEST``."""
        length = int(random.integers(_SHORTEST, len(words) + 1))
        start = int(random.integers(len(words) - length + 1))
        return words[start : start + length]

    def _spliced(self, words: Words, random: np.random.Generator) -> Words:
        """Go on with the end of another tweet."""
        other = self._tweets[random.integers(len(self._tweets))]
        return words[: random.integers(1, len(words) + 1)] + other[int(random.integers(max(1, len(other)))) :]

    def _with_strange(self, words: Words, random: np.random.Generator) -> Words:
        """Put words from elsewhere in the place of some."""
        goes = random.random(len(words)) < random.uniform(0, self._config.most_replaced)
        drawn = random.integers(len(self._strange), size=len(words))
        triples = zip(words, goes.tolist(), drawn.tolist(), strict=True)
        return [self._strange[place] if go else word for word, go, place in triples]
