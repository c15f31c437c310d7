r"""Encoding damage mended: UTF-8 that was once read as Windows-1252 or Latin-1, so that one character became several.

The rules are a part of ftfy's (Speer, 2019): sequences that are well-formed UTF-8 and, as what they look like, next
to meaningless. ftfy itself is no dependency of a server: it brings some 6 MB, takes an eighth of a second to import
and 200 us a damaged tweet, of which a stream may hold a third. Here a tweet pays only if it holds a tell-tale pair of
characters, and then a few us. ``tests/model/preprocessing/test_mojibake.py`` holds both against each other.

One rule is our own: in the brand study's file, damaged text was damaged again by way of Mac Roman (``\x89Ûª`` for
an apostrophe).
"""

import re
from typing import Final

_C1: Final = {code: bytes([code]).decode("cp1252", "ignore") or " " for code in range(0x80, 0xA0)}
"""What the control characters from 0x80 on are in Windows-1252; they have no use of their own."""
_BYTE_OF: Final = {ord(mended): code for code, mended in _C1.items() if mended != " "}
"""Characters of Windows-1252 that Latin-1 lacks, as the bytes that they were."""

_LATER: Final = "\x80-\xbf" + "".join(map(chr, _BYTE_OF))
# What may well stand behind an accented letter at the end of a word: `É…` and `é…”` must stay.
_PUNCTUATION: Final = "\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
_SEQUENCE: Final = re.compile(
    # Two bytes, where the first is a most common one, or the second a control character, or another pair follows.
    rf"[\xc2\xc3][{_LATER}]|[\xc2-\xdf][\x80-\x9f]|(?:[\xc2-\xdf][{_LATER}]){{2,}}"
    rf"|\xe2[{_LATER}]{{2}}|[\xe0-\xef](?![{_PUNCTUATION}]{{2}})[{_LATER}]{{2}}|[\xf0-\xf4][{_LATER}]{{3}}"
)
_TELL_TALE: Final = re.compile(rf"[\x80-\x9f]|[\xc2-\xf4][{_LATER}]")
_CONTROL: Final = re.compile(r"[\x80-\x9f]")
# Within a sequence of UTF-8 that was read as Latin-1, something stands before this byte.
_MAC: Final = re.compile(r"(?<![\x80-\xff])\x89[\xa0-\xff][\x80-\xff_]")
_ELLIPSIS: Final = "\x89\xdb_"
_MOST_ROUNDS: Final = 3
"""Damage can be done several times over."""


def mended(text: str) -> str:
    """Mend a text that shows signs of damage; return any other as it is. Takes any ``str`` and raises nothing."""
    if text.isascii() or _TELL_TALE.search(text) is None:
        return text
    if "\x89" in text:
        text = _MAC.sub(_from_mac, text)
    for _ in range(_MOST_ROUNDS):
        before, text = text, _SEQUENCE.sub(_decoded, text)
        if text == before:
            break
    return text.translate(_C1) if _CONTROL.search(text) else text


def _decoded(found: re.Match[str]) -> str:
    damaged = found[0]
    try:
        return damaged.translate(_BYTE_OF).encode("latin-1").decode()
    except UnicodeDecodeError:
        return damaged


def _from_mac(found: re.Match[str]) -> str:
    """Undo the second damage; what is left is the first."""
    if found[0] == _ELLIPSIS:
        return "\u2026"  # its last byte is lost in the file
    return "".join(c if c < "\xa0" and c != "\x89" else c.encode("latin-1").decode("mac_roman") for c in found[0])
