"""The part of Keras' ``Tokenizer`` that the study used: which words get an id, and which id.

Keras 3 itself no longer offers that class; TensorFlow still does, deprecated, as
``tf.keras.preprocessing.text.Tokenizer``. Its semantics, for texts that are already cut into tokens and a tokenizer
without an out-of-vocabulary token:

- Ids start at 1, by descending frequency; among equals the word seen first comes first.
- Only ids below ``num_words`` are used, so 10,000 words mean 9,999.
- A token without an id is dropped.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain


def fit_words(token_lists: Iterable[Sequence[str]], num_words: int = 10_000) -> tuple[str, ...]:
    """Return the words that get an id, in the order of their ids (the first has id 1)."""
    counts = Counter(chain.from_iterable(token_lists))
    # `most_common` keeps the order of first appearance among equals.
    return tuple(word for word, _ in counts.most_common(max(num_words - 1, 0)))


def to_ids(token_lists: Iterable[Sequence[str]], words: Sequence[str]) -> list[list[int]]:
    """Return each token list as ids, leaving out the tokens that are not among the words."""
    ids = {word: i for i, word in enumerate(words, 1)}
    return [[ids[token] for token in tokens if token in ids] for tokens in token_lists]
