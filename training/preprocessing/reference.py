"""The brand study's preprocessing, written to be read: the specification of ``model.preprocessing``.

Steps and order are the study's. Nothing here is meant to be fast: several patterns take quadratic time on
hostile text. Serving runs ``model.preprocessing``, which is tested to give the same.
"""

import re
from functools import cache
from typing import Final

import nltk
from nltk.corpus import stopwords, wordnet
from nltk.stem import WordNetLemmatizer

from model.errors import UsageError

DELETED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"\{link\}",
        # Mentions after `retweet`. The study also named `RT`, in capitals, which casefolding has removed by now.
        r"retweet(?:\b\W*@\w+)+",
        # Hashtags of at least two characters.
        r"#+\w+[\w'-]*\w+",
        # Marks before a mention or a word, except at the beginning of the tweet.
        r"(?<=\W)(?:rt|retweet|mention)(?=\W@?\w)",
        # E-mail addresses.
        r"[\w.+-]+@[\w-]+\.(?:[\w-]\.?)+[\w-]",
        # HTML tags without attributes.
        r"<[^>\s]+>",
        # Numbers, but not those within words.
        r"\b\d+\b",
        # Web addresses, if a slash or white space follows the top-level domain.
        r"(?:https?://)?(?:www\.)?(?:\w+\.)?\w+\.[a-z]{2,3}(?=[/\s])\S*",
    )
)
"""What is deleted, each from what the one before left."""

TOKEN: Final = re.compile(r"[a-zA-Z0-9]+")


def clean(text: str) -> str:
    """Casefold a tweet and delete what the study deleted."""
    text = text.casefold()
    for pattern in DELETED:
        text = pattern.sub("", text)
    return text


def tokens(text: str) -> list[str]:
    """Return a tweet's lemmas: cleaned, cut into runs of ASCII letters and digits, stop words dropped.

    Raises UsageError if NLTK's corpora are not to be found.
    """
    stop = stop_words()
    return [lemma(token) for token in TOKEN.findall(clean(text)) if token not in stop]


@cache
def lemma(token: str) -> str:
    """Return the shortest WordNet noun that a token may be a form of, or the token itself."""
    require_corpora()
    base: str = WordNetLemmatizer().lemmatize(token)
    return base


@cache
def stop_words() -> frozenset[str]:
    """Return NLTK's English stop words; some, such as ``don't``, no token can equal."""
    require_corpora()
    return frozenset(stopwords.words("english"))


@cache
def require_corpora() -> None:
    """Raise UsageError, saying how to get them, unless NLTK finds its stop words and WordNet."""
    for name, corpus in (("stopwords", stopwords), ("wordnet", wordnet)):
        try:
            corpus.ensure_loaded()
        except LookupError:
            raise UsageError(
                f"NLTK's corpus {name!r} is in none of {', '.join(map(str, nltk.data.path))}: fetch it with "
                f"'python -m nltk.downloader stopwords wordnet', or set NLTK_DATA to the directory that holds it"
            ) from None
