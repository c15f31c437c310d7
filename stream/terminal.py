"""What a terminal shows of tweets and labels: safe text, one colour a class."""

import unicodedata

_STYLES = {
    "positive": "green",
    "negative": "red",
    "neutral": "cyan",
    "i can't tell": "yellow",
    "not_hateful": "green",
    "hateful": "red",
}
_FURTHER_STYLES = ("magenta", "blue", "bright_yellow", "bright_cyan", "bright_green", "bright_red")

# Marks that reorder the text behind them, beyond the end of the tweet.
_REORDERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SEPARATORS = "\u2028\u2029"
_TABLE = {
    **{code: "\ufffd" for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc"},
    **{ord(blank): " " for blank in "\t\n\r\v\f" + _SEPARATORS},
    **{ord(mark): None for mark in _REORDERING},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),  # lone surrogates, which no terminal can encode
}


def printable(text: str) -> str:
    """Return a text that stays on its line and cannot command the terminal: tweets are written by strangers."""
    return text.translate(_TABLE)


def style_of(label: str, labels: tuple[str, ...] = ()) -> str:
    """Return the rich style of a class; one of an unknown task takes its colour from its place in ``labels``."""
    if label in _STYLES:
        return _STYLES[label]
    at = labels.index(label) if label in labels else sum(label.encode())
    return _FURTHER_STYLES[at % len(_FURTHER_STYLES)]
