"""The vocabulary of the clean-up ``tweet``: frequent words and hashtags, and pieces for all the others."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from string import ascii_lowercase, digits, punctuation
from typing import Annotated, Final

from pydantic import Field, NonNegativeInt, PositiveInt

from model.errors import UsageError
from model.preprocessing.tweet import SPECIAL, chunk_tokens, chunks, folded, tokens
from model.preprocessing.vocabulary import Vocabulary
from model.strict import Strict

_CANDIDATES: Final = 4
"""Pieces that are tried for each that is kept."""


class VocabularyConfig(Strict):
    """How large a vocabulary is at most."""

    words: PositiveInt = 20_000
    """Words, numbers, emoji and signs; single characters of ASCII come on top of that."""
    hashtags: NonNegativeInt = 4_000
    pieces: PositiveInt = 4_000
    """What a longer token goes on with; single characters come on top of that, too."""
    least_count: PositiveInt = 3
    """A token that comes less often is no word of its own."""
    longest_piece: Annotated[int, Field(ge=2, le=24)] = 8
    """In characters."""


def build_vocabulary(texts: Iterable[str], config: VocabularyConfig) -> Vocabulary:
    """Count the tokens of texts; the same texts, in any order, give the same vocabulary.

    Raises UsageError if there is no token in them.
    """
    counts: Counter[str] = Counter()
    for chunk, count in Counter(chain.from_iterable(map(chunks, texts))).items():
        for token in chunk_tokens(chunk):
            counts[token] += count
    if not counts:
        raise UsageError("the texts hold nothing to build a vocabulary of: give others")
    for token, count in sorted(counts.items()):
        if (alike := folded(token)) != token:
            counts[alike] += count
    frequent = [token for token, count in _ranked(counts) if count >= config.least_count]
    hashtags = [token for token in frequent if is_hashtag(token)]
    first = dict.fromkeys([*SPECIAL, *(token for token in frequent if not is_hashtag(token))][: config.words])
    characters = dict.fromkeys(sign for sign in ascii_lowercase + digits + punctuation if tokens(sign) == [sign])
    words = [*(first | characters | dict.fromkeys(hashtags[: config.hashtags]))]
    return Vocabulary.of_words(words, _pieces(counts, words, config))


def is_hashtag(token: str) -> bool:
    """Tell a hashtag from a ``#`` that stands alone."""
    return token.startswith("#") and token.strip("#") != ""


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _pieces(counts: Counter[str], words: Sequence[str], config: VocabularyConfig) -> list[str]:
    """Choose the pieces that the most unknown words would be cut into.

    Of all that stands in what follows the longest known beginning, the most frequent and longest parts are tried, a few
    times as many as are wanted, and those that cut the most are kept.
    """
    known = set(words)
    unknown = ((token.removeprefix("#"), count) for token, count in sorted(counts.items()) if token not in known)
    rests = [(_behind_its_word(token, known), count) for token, count in unknown if token.isalnum()]
    candidates: Counter[str] = Counter()
    for rest, count in rests:
        # How often rather than by whom: a name that one person uses a lot is no part of other words.
        weight = min(count, config.least_count)
        for start in range(len(rest)):
            for end in range(start + 2, min(len(rest), start + config.longest_piece) + 1):
                candidates[rest[start:end]] += weight * (end - start - 1)
    tried = {piece for piece, _ in _ranked(candidates)[: _CANDIDATES * config.pieces]}
    used: Counter[str] = Counter()
    for rest, count in rests:
        for piece in _cut(rest, tried, config.longest_piece):
            used[piece] += min(count, config.least_count)
    kept = [piece for piece, _ in _ranked(used) if len(piece) > 1][: config.pieces]
    letters = [sign for sign in words if len(sign) == 1]
    return [*dict.fromkeys([*kept, "'s", *letters])]


def _behind_its_word(token: str, words: set[str]) -> str:
    """Return what follows the longest word that a token begins with."""
    longest = next((end for end in range(len(token), 0, -1) if token[:end] in words), 1)
    return token[longest:]


def _cut(rest: str, pieces: set[str], longest: int) -> list[str]:
    found, place = [], 0
    while place < len(rest):
        end = next((end for end in range(min(len(rest), place + longest), place, -1) if rest[place:end] in pieces), 0)
        end = end or place + 1
        found.append(rest[place:end])
        place = end
    return found
