r"""The tokens of Keras' ``Tokenizer`` with its defaults, which Keras 3 itself no longer offers.

A text in lower case is cut at spaces, each of ``!"#$%&()*+,-./:;<=>?@[\]^_`{|}~``, tab and line feed being one.
Nothing else parts words: not an apostrophe, a carriage return, a no-break space or an emoji.
Source: ``keras.src.legacy.preprocessing.text.text_to_word_sequence`` of Keras 3.15.
"""

from typing import Final

_FILTERED: Final = b'!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
_SPACED: Final = bytes(ord(" ") if byte in _FILTERED else byte for byte in range(256))


def tokens(text: str) -> list[str]:
    """Cut a text into tokens. Takes any ``str``, lone surrogates included, and raises nothing."""
    return [from_bytes(token) for token in spaced(text).split(b" ") if token]


def spaced(text: str) -> bytes:
    """Return the text in lower case with a space for all that parts tokens, as bytes (see :func:`to_bytes`)."""
    # Bytes, because `str.translate` looks every character beyond ASCII up in a dictionary; what is replaced is ASCII,
    # so no byte of another character is touched.
    return to_bytes(text.lower()).translate(_SPACED)


def to_bytes(token: str) -> bytes:
    """Encode what may hold lone surrogates; the inverse of ``from_bytes``."""
    return token.encode("utf-8", "surrogatepass")


def from_bytes(token: bytes) -> str:
    """Decode what ``to_bytes`` encoded, or a part of it that was cut out at an ASCII character."""
    return token.decode("utf-8", "surrogatepass")
