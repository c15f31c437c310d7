"""Any text to the compiled encoder, with each clean-up, on the vocabulary of a test and of each shipped bundle."""

from model.bundle.read import load_bundle
from model.bundle.shipped import shipped
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoded, Encoder
from model.preprocessing.tweet import SPECIAL
from model.preprocessing.vocabulary import Vocabulary
from tests.factories import tiny_vocabulary
from tests.texts import FRAGMENTS

_LONGEST = 7


def _encoders() -> list[tuple[Encoder, int, int]]:
    """Encoders, each with its largest id and its longest row."""
    tiny = tiny_vocabulary()
    short = [
        Preprocessing(cleanup="brands-notebook", max_length=_LONGEST),
        Preprocessing(cleanup="keras-tokenizer", max_length=_LONGEST, truncate="post"),
    ]
    found = [(Encoder(one, tiny), tiny.size, _LONGEST) for one in short]
    raw = Vocabulary.of_words([*SPECIAL, "#", "i", "love", "my", "ipad", "rt", "#ipad", "!!"], ["pad", "s", "x"])
    found.append((Encoder(Preprocessing(cleanup="tweet", max_length=_LONGEST), raw), raw.size, _LONGEST))
    for name in shipped():
        bundle = load_bundle(name)
        preprocessing, vocabulary = bundle.metadata.preprocessing, bundle.vocabulary
        found.append((Encoder(preprocessing, vocabulary), vocabulary.size, preprocessing.max_length))
    return found


_ENCODERS = _encoders()

WORDS = tuple(fragment.encode("utf-8", "surrogatepass") for fragment in FRAGMENTS)


def feed(content: bytes) -> Encoded:
    """Encode what follows the first byte, which chooses how."""
    encoder, largest, longest = _ENCODERS[content[0] % len(_ENCODERS) if content else 0]
    text = _text(content[1:])
    encoded = encoder.encode(text)
    assert all(type(i) is int and 1 <= i <= largest for i in encoded.ids)
    assert len(encoded.ids) <= longest
    assert encoded.unknown >= 0
    assert encoded.truncated == 0 or (encoded.truncated > 0 and len(encoded.ids) == longest)
    assert encoder.encode(text) == encoded
    return encoded


def _text(content: bytes) -> str:
    """Make a text of any bytes: lone surrogates where they are encoded, or where nothing else can stand."""
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")


def seeds() -> list[bytes]:
    tweets = (
        "RT @someone: I love my #ipad!! http://t.co/abc {link}",
        "retweet @one @two the battery is broken &amp; I hate it, mail me@example.com",
        "\u0130STANBUL <b>great</b> app <<<launch 12 \u0663 \u00b2 \ufb01 caf\u00e9 \U0001f600",
        "####" * 20 + "a.bc/x www.a.b.co <<<>>> @@@ a@b.cd@e.fg",
    )
    return [b"", *(bytes([which]) + tweet.encode() for which in range(len(_ENCODERS)) for tweet in tweets)]
