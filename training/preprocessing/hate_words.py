"""What counts as a word where the hate set is explored.

Counted like this its longest tweet has 37 words, as in the study, whose text does not say how it counts. (Keras'
Tokenizer, which the study's networks read through, finds 42 in it.)
"""

import re
from typing import Final

from training.data.marks import ADDRESS, MENTION
from training.preprocessing.reference import stop_words

_LETTERS: Final = re.compile(r"[a-z]+")


def clean(text: str) -> str:
    """Return a tweet in lower case without web addresses and mentions."""
    return MENTION.sub("", ADDRESS.sub("", text.lower()))


def tokens(text: str) -> list[str]:
    """Return the runs of ASCII letters of a cleaned tweet, stop words dropped.

    Raises UsageError if NLTK's corpora are not to be found.
    """
    stop = stop_words()
    return [word for word in _LETTERS.findall(clean(text)) if word not in stop]
