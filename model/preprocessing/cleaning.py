"""The brand study's clean-up, for serving: what is deleted from a tweet before it is cut into tokens.

``training.preprocessing.reference`` holds the nine steps as nine plain patterns and is the specification; this
is the same function, made fast and safe:

- *Gated*: a step runs only on a tweet with the characters that the step cannot do without.
- *Linear*: the plain patterns for hashtags, e-mail and web addresses and HTML tags are quadratic (``####...``,
  ``<<<<...``), so one hostile tweet of 64 KiB would hold up a stream for seconds. Here no character is looked at
  more than a few times, whatever the text.
"""

import re
from typing import Final

_LINK: Final = "{link}"

# The next group starts where a run of word characters ended, so a run is read once for each `retweet` before it.
_RETWEETED: Final = re.compile(r"retweet(?:\b\W*@\w+)+")

# If any `#` of a run starts a hashtag then the first one does: the others need no try of their own. The literal
# comes before its lookbehind because the search then jumps from `#` to `#`.
_HASHTAG: Final = re.compile(r"#(?<!##)#*+\w[\w'-]*\w")

# Again literals first; a lookbehind has a fixed width, hence one a word.
_MARKER: Final = re.compile(r"rt(?<=\Wrt)(?=\W@?\w)|mention(?<=\Wmention)(?=\W@?\w)|retweet(?<=\Wretweet)(?=\W@?\w)")

# An e-mail address from its `@` on, and its local part read backwards from there (see `_without`).
_EMAIL_END: Final = re.compile(r"@(?<=[\w.+-]@)[\w-]++\.[\w-](?:\.?[\w-])+")
_REVERSED_EMAIL_START: Final = re.compile(r"[\w.+-]++")

# A tag's inside may hold further `<`, so the first `<` of a run without `>` and white space starts a tag or none
# does: a run that is no tag is kept (group 1) and passed over as a whole.
_TAG: Final = re.compile(r"<[^>\s]++>|(<[^>\s]++)")

# `\b\d+\b`, with the digit first; a digit after a digit is turned down at once.
_NUMBER: Final = re.compile(r"\d(?<!\w\d)\d*+(?!\w)")
_ASCII_DIGITS: Final = b"0123456789"

# A web address from the dot before its top-level domain on, and label, optional label, `www.` and `http://` or
# `https://` read backwards from there. Nothing before that dot can pass for such an ending.
_ADDRESS_END: Final = re.compile(r"\.(?<=\w\.)[a-z]{2,3}(?=[/\s])\S*+")
_REVERSED_ADDRESS_START: Final = re.compile(r"\w+(?:\.\w+)?(?:\.www)?(?://:s?ptth)?")


def clean(text: str) -> str:
    """Delete links, retweet marks, hashtags, e-mail and web addresses, tags and numbers; return the rest, casefolded.

    Equals ``training.preprocessing.reference.clean`` for every text, lone surrogates and NUL included, in time
    proportional to its length.
    """
    text = text.casefold()
    if _LINK in text:
        text = text.replace(_LINK, "")
    if "@" in text and "retweet" in text:
        text = _RETWEETED.sub("", text)
    if "#" in text:
        text = _HASHTAG.sub("", text)
    if "rt" in text or "mention" in text or "retweet" in text:
        text = _MARKER.sub("", text)
    if "@" in text and _EMAIL_END.search(text):
        text = _without(text, _EMAIL_END, _REVERSED_EMAIL_START)
    if "<" in text and ">" in text:
        text = _TAG.sub(r"\1", text)
    if _may_hold_digits(text):
        text = _NUMBER.sub("", text)
    if "." in text and _ADDRESS_END.search(text):
        text = _without(text, _ADDRESS_END, _REVERSED_ADDRESS_START)
    return text


def _may_hold_digits(text: str) -> bool:
    """Tell whether a digit may be there; counting bytes costs a third of a search for them."""
    return not text.isascii() or len(text.encode().translate(None, _ASCII_DIGITS)) < len(text)


def _without(text: str, end: re.Pattern[str], reversed_start: re.Pattern[str]) -> str:
    """Delete what consists of a start and an end, where the end alone decides whether it is there.

    Searching from the end keeps this linear: a search from the start would try every character of a long word. To
    read backwards as far as possible is to begin at the leftmost start, which is the one that a search finds.
    """
    kept = []
    position = 0
    for ending in end.finditer(text):
        before = text[position : ending.start()]
        start = reversed_start.match(before[::-1])
        if start is None:
            # The character that the end must follow belongs to the deletion before: `a@b.cd@e.fg`.
            continue
        kept.append(before[: len(before) - start.end()])
        position = ending.end()
    kept.append(text[position:])
    return "".join(kept)
