"""Where a flagship fails: tweets that say what they say in a way that classifiers are known to stumble over."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from training.evaluation.oof import Oof
from training.evaluation.result import Slice
from training.evaluation.slices import scored_slice

BY: Final = "text"
_MOSTLY: Final = 0.5
_HASHTAG: Final = re.compile(r"#\w")
_KINDS: Final = {
    "with a negation": re.compile(
        r"\b(?:no|not|never|none|nobody|nothing|nor|neither|cannot|without|hardly|\w+n['\u2019]t|"
        r"(?:ai|ca|do|wo|is|did|does|was)nt)\b",
        re.IGNORECASE,
    ),
    "with a mark of sarcasm": re.compile(
        r"#(?:sarcas\w*|iron(?:y|ic)\w*|not)\b|\b(?:yeah,? right|oh,? (?:great|joy|good)|thanks a lot|"
        r"just what i need(?:ed)?|how (?:nice|lovely|original))\b|[\U0001f612\U0001f644]",
        re.IGNORECASE,
    ),
    "with a question": re.compile(r"\?"),
    "with a hashtag": _HASHTAG,
    # Spellings and words that studies of bias found more often in African American English; most who write them are
    # not hateful, and classifiers called them so more often (Sap et al. 2019).
    "with markers of African American English": re.compile(
        r"\b(?:ain['\u2019]?t|finna|tryna|gon|ima|imma|y['\u2019]?all|wassup|nah|bruh|homie|dat|dis|dem|dey|bout|cuz)\b",
        re.IGNORECASE,
    ),
}


def text_slices(oof: Oof, texts: Mapping[int, str]) -> tuple[Slice, ...]:
    """Score the tweets of each kind; a kind without tweets is left out. texts: by row in the data file."""
    own = [texts[row] for row in oof.row.tolist()]
    return tuple(
        scored_slice(BY, title, oof.taken(np.array(which, dtype=np.bool_)))
        for title, which in _kinds(own)
        if any(which)
    )


def _kinds(texts: list[str]) -> Iterator[tuple[str, list[bool]]]:
    for title, pattern in _KINDS.items():
        yield title, [pattern.search(text) is not None for text in texts]
    yield "mostly hashtags", [_hashtags(text) > _MOSTLY for text in texts]


def _hashtags(text: str) -> float:
    """Share of what stands between white space that is a hashtag."""
    words = text.split()
    return sum(_HASHTAG.match(word) is not None for word in words) / max(1, len(words))
