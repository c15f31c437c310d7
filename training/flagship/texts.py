"""A tweet as the teachers read it: nearly raw, because a pretrained network knows what a hashtag is."""

import re
import unicodedata
from typing import Final

from training.data.marks import ADDRESS, MENTION

ADDRESS_WORD: Final = "http"
MENTION_WORD: Final = "@user"
"""Both as in the tweets that many networks were trained on; a name or an address is news to any of them."""

EDITION: Final = 1
"""To be raised when tweets are read differently: what was made from them is made anew then."""

_PICTURE: Final = re.compile("([\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff])\\1*")
"""An emoji or a dingbat, as often as it stands in a row."""
_MODIFIER: Final = re.compile("[\u200d\ufe0e\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
"""What joins pictures or changes how they look: joiners, variants, letters of flags, skin tones."""


def readable(text: str) -> str:
    """Mend encoding damage (ftfy), name no addresses and no users, say pictures in words, and leave single spaces.

    Encoders of the kind that teach here know few pictures: without their names all would be one unknown word.
    """
    import ftfy  # noqa: PLC0415 - keeps `--help` quick

    mended = MENTION.sub(MENTION_WORD, ADDRESS.sub(f" {ADDRESS_WORD} ", ftfy.fix_text(text)))
    return " ".join(_PICTURE.sub(_named, _MODIFIER.sub("", mended)).split())


def _named(found: re.Match[str]) -> str:
    """Return a picture's name in Unicode, as words; nothing for what has none."""
    return f" {unicodedata.name(found[1], '').lower()} "
