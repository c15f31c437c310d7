"""Ids of tweets' chunks: of a token that is known one, of any other those of its pieces, so that it stays readable.

- A hashtag is its whole self, if known, or else ``#``; and behind that the words in it, the most frequent ones that
  make it up (as in Norvig's "Natural Language Corpus Data", 2009).
- Of a run of two signs that is not known, one stands for both; of digits, those of :func:`tweet.folded`.
- Anything else is cut as WordPiece does (Wu et al., 2016): the longest word that it begins with, then the longest
  pieces. What not even that can read is one ``<unk>``.

What a chunk becomes depends on the chunk alone, so it is remembered: of ten chunks, nine were met before.
"""

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import inf, log
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.preprocessing.tweet import ENDS, SPECIAL, UNKNOWN, USER, chunk_tokens, chunks, folded
from model.preprocessing.vocabulary import Vocabulary
from model.rows import Rows

MOST_REMEMBERED: Final = 100_000
"""Chunks; some 20 MB."""
_SHORT: Final = 6
"""Characters of a chunk that is remembered whatever it is, such as ``@`` and ``w/``."""
_LONGEST_REMEMBERED: Final = 32
"""Characters of a chunk. Longer ones are rare, and could fill the memory."""
_LONGEST_PART: Final = 24
"""Characters of a word or piece that is looked for in longer tokens: all that it begins with is kept, too."""
_PLAIN: Final = re.compile(r"#?[a-z]+(?:'[a-z]+)*", re.ASCII)
"""Words that stay as they are beside a sign."""
_RUNS: Final = re.compile(r"[^\W\d_]+|\d+")
_LETTERS_THAT_ARE_WORDS: Final = ("a", "i")
_LAST_RANKS: Final = {2: 300, 3: 3_000}
"""Of words of so few letters, only the most frequent are looked for in hashtags: any letters are some rare word."""


class Read(NamedTuple):
    """What became of several texts."""

    rows: Rows
    unknown: npt.NDArray[np.int32]
    """[rows] tokens that the vocabulary does not have whole."""


class PieceReader:
    """Reads texts by a vocabulary; threads may share it.

    Raises ValueError for a vocabulary without one of ``SPECIAL``.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        if missing := [special for special in SPECIAL if special not in vocabulary.forms]:
            raise ValueError(f"the vocabulary needs the word {missing[0]!r}")
        self._remembered = _Remembered(_Tokens(vocabulary))

    def read(self, texts: Sequence[str]) -> Read:
        """Turn each text into a row of ids, all texts in one go."""
        # A chunk's ids are the bytes of 32-bit numbers: joined in one step, whatever their number.
        ids_of = self._remembered.__getitem__
        found = [b"".join(map(ids_of, _chunks(text))) for text in texts]
        ids = np.frombuffer(b"".join(found), np.int32)
        lengths = np.fromiter(map(len, found), np.int32, len(found)) // np.int32(ids.itemsize)
        unknown = _before(ids < 0)[_before(lengths)]
        return Read(Rows(np.abs(ids), lengths), np.diff(unknown).astype(np.int32))


def _chunks(text: str) -> list[str]:
    """Cut a text at white space; in lower case where that changes no token, so that there is less to remember."""
    if not text.isascii():
        return chunks(text)
    # `&Dagger;` is another sign than `&dagger;`.
    return (text if "&" in text else text.lower()).split()


def _before(counts: npt.NDArray[np.int32] | npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Sum what stands before each place, and before the end."""
    sums = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums


class _Remembered(dict[str, bytes]):
    """Chunks' ids. A token that is unknown begins with a negative id.

    When it is full it is emptied: the frequent chunks are back at once, and nothing is kept of a stream's past.
    """

    def __init__(self, tokens: "_Tokens") -> None:
        super().__init__()
        self._tokens = tokens

    def __missing__(self, chunk: str) -> bytes:
        found = self._tokens.plain(chunk)
        if found is None:
            found = _as_bytes(self._tokens.ids(chunk))
        # Names and addresses rarely come twice.
        if len(chunk) <= _SHORT or (len(chunk) <= _LONGEST_REMEMBERED and chunk[0] != "@" and "/" not in chunk):
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[chunk] = found
        return found


def _as_bytes(ids: Sequence[int]) -> bytes:
    return array("i", ids).tobytes()


class _Tokens:
    """Ids of tokens."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = dict(vocabulary.forms)
        self._unknown = self._words[UNKNOWN]
        whole = {
            word: i
            for word, i in self._words.items()
            if word not in SPECIAL and word[0] != "#" and len(word) <= _LONGEST_PART
        }
        later = enumerate(vocabulary.pieces, len(vocabulary.words) + 1)
        pieces = {piece: i for i, piece in later if len(piece) <= _LONGEST_PART}
        self._first, self._later = _with_prefixes(whole), _with_prefixes(pieces)
        # Zipf's law: a word's rank tells its frequency.
        base = log(len(vocabulary.words) + 2)
        costs = {word: log((i + 1) * base) for word, i in whole.items() if i <= _may_be_part(word)}
        self._costs = dict.fromkeys(_prefixes(costs), inf) | costs
        known = [word for word in self._words if _PLAIN.fullmatch(word)]
        self._plain = {word: _as_bytes(self._of(word)) for word in known}
        self._user = _as_bytes(self._of(USER))
        self._signs = {sign: _as_bytes(self._of(sign)) for sign in ENDS}

    def plain(self, chunk: str) -> bytes | None:
        """Return the ids of a chunk that is a known word or hashtag, a known word and a sign, or a mention: most are.

        It gives what :meth:`ids` gives, in a quarter of the time; None for all others.
        """
        found = self._plain.get(chunk.lower())
        if found is not None and chunk.isascii():
            return found
        if chunk[0] == "@" and chunk.isascii() and chunk[1:].replace("_", "0").isalnum():
            return self._user
        sign = self._signs.get(chunk[-1])
        if sign is None:
            return None
        word = chunk[:-1]
        found = self._plain.get(word.lower())
        return found + sign if found is not None and word.isascii() and word[0] != "#" else None

    def ids(self, chunk: str) -> list[int]:
        """Return a chunk's ids."""
        return [i for token in chunk_tokens(chunk) for i in self._of(token)]

    def _of(self, token: str) -> list[int]:
        known = self._words.get(token)
        if token.isalpha():
            return _marked(self._cut(token)) if known is None else [known]
        if token[0] == "#" and len(token) > 1 and token[1] != "#":
            return self._hashtag(token, known)
        if known is None:
            alike = token[0] if len(token) == 2 and token[0] == token[1] else folded(token)  # noqa: PLR2004 - a run's
            known = self._words.get(alike)
        return _marked(self._cut(token)) if known is None else [known]

    def _hashtag(self, tag: str, known: int | None) -> list[int]:
        body = tag[1:]
        if (whole := self._words.get(body)) is not None:
            parts = [whole]
        elif body.isalpha():
            parts = self._words_in(body) or self._cut(body)
        else:
            parts = [i for run in _RUNS.findall(body) for i in self._run(run)]
        if known is not None:
            return [known, *parts]
        sign = self._words.get("#")
        return _marked(parts if sign is None else [sign, *parts])

    def _run(self, run: str) -> list[int]:
        """Read letters or digits within a hashtag."""
        known = self._words.get(run) or self._words.get(folded(run))
        if known is not None:
            return [known]
        return self._words_in(run) or self._cut(run)

    def _words_in(self, run: str) -> list[int]:
        """Cut letters into words; nothing if they are none. Two words if two will do, else as Viterbi does."""
        return self._two_words_in(run) or self._many_words_in(run)

    def _two_words_in(self, run: str) -> list[int]:
        """Find the cut into two words that is most likely; most hashtags of several words have one."""
        costs, least, best = self._costs, inf, 0
        for end in range(1, len(run)):
            cost = costs.get(run[:end])
            if cost is None:
                break
            if cost < least and cost + costs.get(run[end:], inf) < least:
                least, best = cost + costs[run[end:]], end
        return [self._words[run[:best]], self._words[run[best:]]] if best else []

    def _many_words_in(self, run: str) -> list[int]:
        """Find the cut into words whose product of frequencies is largest, by Viterbi's algorithm."""
        costs = self._costs
        best = [0.0] + [inf] * len(run)
        starts = [0] * (len(run) + 1)
        for start in range(len(run)):
            so_far = best[start]
            if so_far == inf:
                continue
            for end in range(start + 1, len(run) + 1):
                cost = costs.get(run[start:end])
                if cost is None:
                    break
                if so_far + cost < best[end]:
                    best[end], starts[end] = so_far + cost, start
        found: list[int] = []
        end = len(run) if best[-1] < inf else 0
        while end:
            found.append(self._words[run[starts[end] : end]])
            end = starts[end]
        return found[::-1]

    def _cut(self, token: str) -> list[int]:
        """Cut a token greedily into the longest word and then the longest pieces."""
        found: list[int] = []
        table, place = self._first, 0
        while place < len(token):
            known, behind = self._unknown, place + 1
            for end in range(place + 1, len(token) + 1):
                i = table.get(token[place:end])
                if i is None:
                    break
                if i:
                    known, behind = i, end
            if known != self._unknown or found[-1:] != [known]:
                found.append(known)
            table, place = self._later, behind
        return found


def _may_be_part(word: str) -> float:
    """Return the last rank at which a word is looked for in hashtags."""
    if not word.isalpha() or (len(word) == 1 and word not in _LETTERS_THAT_ARE_WORDS):
        return 0
    return _LAST_RANKS.get(len(word), inf)


def _with_prefixes(ids: Mapping[str, int]) -> dict[str, int]:
    """Add what entries begin with, as 0: whoever looks for the longest entry stops where nothing begins so."""
    return _prefixes(ids) | dict(ids)


def _prefixes(entries: Iterable[str]) -> dict[str, int]:
    return {entry[:end]: 0 for entry in entries for end in range(1, len(entry))}


def _marked(ids: list[int]) -> list[int]:
    """Mark a token as unknown."""
    return [-ids[0], *ids[1:]]
