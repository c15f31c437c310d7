"""The vocabulary: a table from tokens to ids, with the lemmatiser or the pieces of words compiled into it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from model.preprocessing import keras_tokens, tweet
from model.preprocessing.config import Cleanup

SKIP: Final = 0
"""What a stop word maps to; as an id it is the padding, so no word has it."""

_BRANDS_TOKEN: Final = re.compile(r"[a-z0-9]+")
_KEYS: Final = ("words", "indirect", "forms", "skip")
_KEYS_WITH_PIECES: Final = ("words", "pieces")


@dataclass(frozen=True)
class Vocabulary:
    """Words in order of their ids, and every token that means one of them.

    ``forms`` holds all tokens that lemmatise to a word (``ipads`` and ``ipad``), with the word's id, and the stop
    words with ``SKIP``; a token that it lacks is unknown. A word need not be among its own forms: ``ass``
    lemmatises to ``as`` (arsenic), while the token ``as`` is a stop word. WordNet's rules are applied
    once to a token, so the forms of a word are few and the table is exact.
    """

    words: tuple[str, ...]
    """``words[i]`` has the id ``i + 1``; 0 is padding."""

    forms: Mapping[str, int]
    """Token to id, or to ``SKIP``."""

    pieces: tuple[str, ...] = ()
    """What a longer token that is unknown may go on with, behind a word that it begins with; ``pieces[i]`` has the id
    ``len(words) + i + 1``. Only the clean-up ``tweet`` has any."""

    @property
    def size(self) -> int:
        """The largest id."""
        return len(self.words) + len(self.pieces)

    def to_json(self) -> dict[str, object]:
        """Return the vocabulary as JSON values, the same for equal vocabularies; inverse of ``from_json``.

        ``words`` in order of their ids; ``indirect``: ids of the words that are not their own form; ``forms``: the
        other forms with their ids, by id; ``skip``: the stop words. With pieces: ``words`` and ``pieces`` alone.
        """
        if self.pieces:
            return {"words": list(self.words), "pieces": list(self.pieces)}
        return {
            "words": list(self.words),
            "indirect": [i for i, word in enumerate(self.words, 1) if self.forms.get(word) != i],
            "forms": {
                token: i
                for i, token in sorted((i, token) for token, i in self.forms.items())
                if i != SKIP and self.words[i - 1] != token
            },
            "skip": sorted(token for token, i in self.forms.items() if i == SKIP),
        }

    @classmethod
    def of_words(cls, words: Sequence[str], pieces: Sequence[str] = ()) -> Self:
        """Make a vocabulary in which each word is its own and only form, and nothing is skipped.

        words: in order of their ids, and then pieces. Raises ValueError for one given twice or an empty one.
        """
        forms = {word: i for i, word in enumerate(words, 1)}
        if len(forms) != len(words) or "" in forms:
            raise ValueError("a vocabulary needs different words, none of them empty")
        if len(set(pieces)) != len(pieces) or "" in pieces:
            raise ValueError("a vocabulary needs different pieces, none of them empty")
        return cls(words=tuple(words), forms=forms, pieces=tuple(pieces))

    @classmethod
    def from_json(cls, value: object, cleanup: Cleanup) -> Self:
        """Rebuild a vocabulary from what ``to_json`` returned.

        cleanup: what decides which forms there can be. Raises ValueError, saying what is wrong, for anything that
        ``to_json`` cannot have returned.
        """
        keys = _KEYS_WITH_PIECES if cleanup == "tweet" else _KEYS
        if not isinstance(value, dict) or value.keys() != {*keys}:
            raise ValueError(
                f"the vocabulary must be an object with the keys {_listed(sorted(keys))}, not {_kind(value)}"
            )
        words = _unique_strings("words", value["words"])
        if not words or "" in words:
            raise ValueError("the vocabulary has no words, or an empty one")
        if cleanup == "tweet":
            return cls._with_pieces(words, _unique_strings("pieces", value["pieces"]))
        indirect = _ids("indirect", _array("indirect", value["indirect"]), len(words))
        if indirect != sorted(set(indirect)):
            raise ValueError("the vocabulary's 'indirect' ids must ascend")
        others = value["forms"]
        if not isinstance(others, dict):
            raise ValueError(  # noqa: TRY004 - malformed data, whose one error is ValueError
                f"the vocabulary's 'forms' must be an object, not {_kind(others)}"
            )
        skip = _unique_strings("skip", value["skip"])

        passed_over = set(indirect)
        forms = {word: i for i, word in enumerate(words, 1) if i not in passed_over}
        direct = len(forms)
        forms.update(zip(others, _ids("forms", others.values(), len(words)), strict=True))
        forms.update(dict.fromkeys(skip, SKIP))
        if len(forms) != direct + len(others) + len(skip):
            raise ValueError("the vocabulary gives a token two meanings: 'words', 'forms' and 'skip' overlap")
        for token in forms:
            if not isinstance(token, str) or not _can_be_token(token, cleanup):
                kind = "[a-z0-9]+" if cleanup == "brands-notebook" else f"of the clean-up {cleanup}"
                raise ValueError(f"the vocabulary has the form {token!r}, which no token can be ({kind})")
        return cls(words=tuple(words), forms=forms)

    @classmethod
    def _with_pieces(cls, words: list[str], pieces: list[str]) -> Self:
        if missing := [special for special in tweet.SPECIAL if special not in words]:
            raise ValueError(f"the vocabulary needs the word {missing[0]!r}")
        for word in words:
            if not _can_be_token(word, "tweet"):
                raise ValueError(f"the vocabulary has the word {word!r}, which no token can be (of the clean-up tweet)")
        if not pieces or any(not piece or any(map(str.isspace, piece)) for piece in pieces):
            raise ValueError("the vocabulary has no pieces, or one that is empty or holds white space")
        return cls.of_words(words, pieces)


def _can_be_token(form: str, cleanup: Cleanup) -> bool:
    if cleanup == "brands-notebook":
        return _BRANDS_TOKEN.fullmatch(form) is not None
    if cleanup == "tweet":
        return form in tweet.SPECIAL or tweet.tokens(form) == [form]
    return keras_tokens.tokens(form) == [form]


def _unique_strings(name: str, value: object) -> list[str]:
    entries = _array(name, value)
    strings = [entry for entry in entries if isinstance(entry, str)]
    if len(strings) != len(entries):
        raise ValueError(f"the vocabulary's {name!r} must hold strings only")
    if len(set(strings)) != len(strings):
        raise ValueError(f"the vocabulary's {name!r} holds an entry twice")
    return strings


def _ids(name: str, values: Iterable[object], largest: int) -> list[int]:
    ids = []
    for i in values:
        if not isinstance(i, int) or isinstance(i, bool) or not 1 <= i <= largest:
            raise ValueError(f"the vocabulary's {name!r} must hold ids from 1 to {largest}, not {i!r}")
        ids.append(i)
    return ids


def _array(name: str, value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(  # noqa: TRY004 - malformed data, whose one error is ValueError
            f"the vocabulary's {name!r} must be an array, not {_kind(value)}"
        )
    return value


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return f"an object with {_listed(map(str, value)) or 'no keys'}"
    return f"a {type(value).__name__}"


def _listed(names: Iterable[str], most: int = 5) -> str:
    shown = [repr(name[:20]) for name in names]
    return ", ".join(shown[:most]) + (", ..." if len(shown) > most else "")
