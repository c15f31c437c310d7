"""The clean-up for raw tweets: what is left as it is, what is folded into one, and where a tweet is cut into tokens.

A tweet is mended (see ``mojibake.py``) and split at white space; all else happens within such a *chunk*, so that what
a chunk becomes can be remembered (see ``pieces.py``). In a chunk, HTML entities are resolved, letters become lower
case and lose accents and fancy forms, and these are tokens:

- an address or ``{link}``: ``<url>``; a mention: ``<user>``
- a hashtag, with its ``#``
- an emoticon without its nose, an emoji without its skin tone, a flag
- a number; a word, with digits and apostrophes inside; ``rt``, negations and stop words are words like any other
- a run of one sign of punctuation or one emoji, of which two are kept

In words and hashtags a letter stands at most twice in a row, and so does a pair: ``sooo`` is ``soo``, ``hahahaha`` is
``haha``.
"""

import re
from html import unescape
from typing import Final
from unicodedata import normalize

from model.preprocessing.mojibake import mended

URL: Final = "<url>"
USER: Final = "<user>"
UNKNOWN: Final = "<unk>"
SPECIAL: Final = (UNKNOWN, URL, USER)
"""Tokens that no text can spell; every vocabulary of this clean-up has them."""

ENDS: Final = ".,!?"
"""Signs that commonly stand behind a word."""
LONGEST_CHUNK: Final = 256
"""A longer chunk, unless it is an address, is cut: no pattern then meets more than that, whatever is sent."""

_NEVER_READ: Final = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]+")
"""Accents, soft hyphens, joiners, variation selectors, skin tones."""
_PLAIN: Final = str.maketrans(
    "\u2018\u2019\u201b\u02bc\u00b4\u201c\u201d\u201f\u2010\u2011\u2013\u2014\u2212", "'''''\"\"\"-----"
)
_ADDRESS: Final = ("http://", "https://", "www.")
_TOKEN: Final = re.compile(
    r"(?P<url>https?://\S*|www\.\S+|\{link\}"
    r"|(?<![\w@.#-])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|edu|gov|info|biz|ly|co|gl|fm|tv|io|uk)(?!\.?\w)(?:/\S*)?)"
    r"|(?P<user>(?<!\w)@\w+)"
    r"|(?P<tag>#+(?=\w*[^\W\d_])\w+)"
    r"|(?P<face>[:;=]['\u2019]?[-o^]?[)(\]\[/\\|*$@](?!\w)|(?<!\w)[:;=]-?[dpos3](?!\w)|[)(]-?[:;=](?![\w)(])"
    r"|</?3+(?!\w)|(?<!\w)(?:\^_*\^|-_+-|>_+<|o_+o|t_+t|u_+u)(?!\w))"
    r"|(?P<number>(?<!\w)\d+(?:[.,:]\d+)*(?!\w))"
    r"|(?P<word>[^\W_]+(?:'[^\W_]+)*)"
    r"|(?P<sign>[\U0001f1e6-\U0001f1ff]{2}|(?P<one>[^\w\s]|_)(?P=one)*)"
)
_REPEATED: Final = re.compile(r"([^\W\d_]{1,2}?)\1\1")
_LETTERS: Final = re.compile(r"([^\W\d_])\1\1+")
_PAIRS: Final = re.compile(r"([^\W\d_]{2})\1\1+")
_NOSE: Final = re.compile(r"(?<=[:;='])[-o^](?=[)(\]\[/\\|*$@dpos3])|(?<=[)(])-")
_LONG_FACE: Final = re.compile(r"([_3])\1+")
_DIGITS: Final = re.compile(r"\d+")
_MOST_DIGITS: Final = 4


def chunks(text: str) -> list[str]:
    """Mend a text and split it at white space. Takes any ``str``, lone surrogates included, and raises nothing."""
    return mended(text).split()


def tokens(text: str) -> list[str]:
    """Cut a text into tokens. Takes any ``str``, lone surrogates included, and raises nothing."""
    return [token for chunk in chunks(text) for token in chunk_tokens(chunk)]


def chunk_tokens(chunk: str) -> list[str]:
    """Cut a part of a text without white space into tokens; it has at least one character."""
    if chunk.isascii() and len(chunk) <= LONGEST_CHUNK:
        # A word or hashtag, or a word and a sign: three of four chunks, and no pattern would cut them otherwise.
        last = chunk[-1]
        if last in ENDS:
            word = chunk.rstrip(last)
            if word.isalpha():
                return [_shortened(word.lower()), last if len(chunk) - len(word) == 1 else last + last]
        elif chunk.isalpha() or (chunk[0] == "#" and chunk[1:].isalpha()):
            return [_shortened(chunk.lower())]
    if len(chunk) > LONGEST_CHUNK:
        if chunk[:8].lower().startswith(_ADDRESS):
            return [URL]
        parts = (chunk[start : start + LONGEST_CHUNK] for start in range(0, len(chunk), LONGEST_CHUNK))
        return [token for part in parts for token in chunk_tokens(part)]
    if "&" in chunk:
        # Twice, because what an application escapes is often escaped again on its way.
        chunk = unescape(unescape(chunk))
    if not chunk.isascii():
        chunk = _NEVER_READ.sub("", chunk)
        chunk = normalize("NFC", _NEVER_READ.sub("", normalize("NFKD", chunk))).translate(_PLAIN)
    return [_token(found) for found in _TOKEN.finditer(chunk.lower())]


def folded(token: str) -> str:
    """Return a token with its digits all alike, at most four in a row: what it means if it is not known itself.

    The digits of an emoticon are none.
    """
    if not (token[0].isalnum() or token[0] == "#"):
        return token
    return _DIGITS.sub(lambda found: "0" * min(len(found[0]), _MOST_DIGITS), token)


def _shortened(word: str) -> str:
    """Leave two of each letter or pair of letters that is repeated."""
    if _REPEATED.search(word) is None:
        return word
    return _PAIRS.sub(r"\1\1", _LETTERS.sub(r"\1\1", word))


def _token(found: re.Match[str]) -> str:
    token = found[0]
    match found.lastgroup:
        case "url":
            token = URL
        case "user":
            token = USER
        case "tag":
            token = "#" + _shortened(token.lstrip("#"))
        case "word":
            token = _shortened(token)
        case "face":
            token = _LONG_FACE.sub(r"\1", _NOSE.sub("", token))
        case "sign":
            token = token[:2]
    return token
