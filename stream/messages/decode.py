"""A record's value to a tweet's id and text, or to the reason why there is none."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import orjson

from model.json_input import InputError, decode_object, id_text, text_of, value_at
from stream.messages.reasons import Reason
from stream.settings import InputSettings


class Tweet(NamedTuple):
    """A tweet as read from a record; ``id`` is None where the record holds none that can be used."""

    id: str | None
    text: str


class Rejection(NamedTuple):
    """Why a record cannot be labelled."""

    reason: Reason
    detail: str


Decoded = Tweet | Rejection


class DecodedValues(NamedTuple):
    """Several values as columns; a rejected one has no id, an empty text and an entry in ``rejected``."""

    ids: list[str | None]
    texts: list[str]
    rejected: dict[int, Rejection]
    """Row to why."""


class Decoder:
    """Reads values in the one format of the settings. ``decode`` never raises, whatever the bytes."""

    def __init__(self, settings: InputSettings) -> None:
        self._max_bytes = settings.max_bytes
        self._text_path = settings.text_field
        self._id_path = settings.id_field
        readers: dict[str, Callable[[bytes], Tweet]] = {
            "json": self._json,
            "text": _text,
            "twitter-v1": _twitter_v1,
            "twitter-v2": _twitter_v2,
        }
        self._read = readers[settings.format]
        self._is_flat = settings.format == "json" and "." not in settings.text_field + settings.id_field

    def decode(self, value: bytes | None) -> Decoded:
        """Return the tweet in ``value``, or the rejection that its dead letter will carry."""
        if value is None:
            return Rejection(Reason.TOMBSTONE, "the value is null")
        if len(value) > self._max_bytes:
            return Rejection(Reason.TOO_LARGE, f"{len(value)} bytes, at most {self._max_bytes} are read")
        try:
            return self._read(value)
        except InputError as error:
            return Rejection(Reason(error.reason), error.detail)

    def decode_all(self, values: Iterable[bytes | None]) -> DecodedValues:
        """Do to each value what :meth:`decode` does to one."""
        decoded = DecodedValues([], [], {})
        ids, texts, rejected = decoded
        text_field, id_field = self._text_path, self._id_path
        for row, value in enumerate(values):
            if self._is_flat and value is not None and len(value) <= self._max_bytes:
                # What nearly all values are, in a third of the time; decode() answers for everything else.
                try:
                    fields = orjson.loads(value)
                    tweet_id, text = fields[id_field], fields[text_field]
                except (ValueError, KeyError, TypeError):
                    pass
                else:
                    if type(tweet_id) is str and type(text) is str and tweet_id:
                        ids.append(tweet_id)
                        texts.append(text)
                        continue
            tweet = self.decode(value)
            if isinstance(tweet, Tweet):
                ids.append(tweet.id)
                texts.append(tweet.text)
            else:
                ids.append(None)
                texts.append("")
                rejected[row] = tweet
        return decoded

    def _json(self, value: bytes) -> Tweet:
        tweet = decode_object(value)
        return Tweet(id_text(tweet, value, self._id_path), text_of(tweet, self._text_path))


def _text(value: bytes) -> Tweet:
    try:
        return Tweet(None, value.decode())
    except UnicodeDecodeError as error:
        raise InputError.not_utf8(value, error) from None


def _twitter_v1(value: bytes) -> Tweet:
    tweet = decode_object(value)
    paths = ("extended_tweet.full_text", "full_text", "text")
    longest = next((path for path in paths if value_at(tweet, path) is not None), paths[-1])
    return Tweet(id_text(tweet, value, "id_str"), text_of(tweet, longest))


def _twitter_v2(value: bytes) -> Tweet:
    tweet = decode_object(value)
    return Tweet(id_text(tweet, value, "data.id"), text_of(tweet, "data.text"))
