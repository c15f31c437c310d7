"""Any bytes as a record's value, in each format."""

import orjson

from stream.messages.decode import Decoded, Decoder, Rejection, Tweet
from stream.messages.reasons import Reason
from stream.settings import InputSettings

_DECODERS = (
    Decoder(InputSettings()),
    Decoder(InputSettings(format="text")),
    Decoder(InputSettings(format="twitter-v1")),
    Decoder(InputSettings(format="twitter-v2")),
    Decoder(InputSettings(text_field="data.text", id_field="data.id")),
    Decoder(InputSettings(max_bytes=16)),
)

WORDS = (
    *(b'"text"', b'"id"', b'"id_str"', b'"full_text"', b'"extended_tweet"', b'"data"', b"null", b"true", b"false"),
    *(b'{"text": "', b'"}', b'{"id": ', b"[[[[", b"]]]]", b'\\"', b"\\u0000", b"\\ud83d", b"\\ude00", b"\\u00"),
    *(b"1e999", b"-1e999", b"-0", b"0.0", b"18446744073709551616", b"NaN", b"1E400", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
)

_VALUES = (
    b"",
    b'{"text": "I love my ipad", "id": 17}',
    b'{"text": "a", "id": 123456789012345678901234567890, "n": 1e999}',
    b'{"id": 1.0, "text": "\\ud83d\\ude00 \\u00e9", "text": null}',
    b'{"id_str": "7", "extended_tweet": {"full_text": "long"}, "full_text": "short", "text": "s"}',
    b'{"data": {"id": "7", "text": "great app launch"}, "includes": [[], {}, [{"a": null}]]}',
    '{"text": "caf\u00e9 \u65e5 \U0001f600"}'.encode(),
    b'{"text": 5, "id": ""}',
    b'{"text": "a", "id": ""}',
    b'["text"]',
    b'\xef\xbb\xbf{"text": "a"}',
    b'{"text": "\xff"}',
)


def feed(content: bytes) -> Decoded:
    """Decode what follows the first byte, which chooses how; nothing at all stands for a tombstone."""
    decoder = _DECODERS[content[0] % len(_DECODERS)] if content else _DECODERS[0]
    decoded = decoder.decode(content[1:] if content else None)
    if isinstance(decoded, Tweet):
        assert decoded.id is None or (type(decoded.id) is str and decoded.id)
        assert type(decoded.text) is str
        orjson.dumps({"id": decoded.id, "text": decoded.text})  # as a result repeats them
    else:
        assert isinstance(decoded, Rejection)
        assert type(decoded.reason) is Reason
        assert decoded.detail
        assert len(decoded.detail.splitlines()) == 1
    return decoded


def seeds() -> list[bytes]:
    return [b"", *(bytes([which]) + value for which in range(len(_DECODERS)) for value in _VALUES)]
