"""What a bundle says about its preprocessing."""

from typing import Annotated, Literal

from pydantic import Field

from model.strict import Strict

Cleanup = Literal["brands-notebook", "keras-tokenizer", "tweet"]
"""``brands-notebook``: that of the brand study, stop words and lemmas included; ``keras-tokenizer``: lower case, and
what the defaults of Keras' ``Tokenizer`` make of punctuation, tabs and line feeds: spaces between words; ``tweet``:
the raw tweet, with emoji, punctuation and hashtags, unseen words in pieces (see ``tweet.py``)."""


class Preprocessing(Strict):
    """How a tweet's text becomes a row of ids; the words themselves are in the vocabulary."""

    cleanup: Cleanup
    """The clean-up that the network was trained on."""

    max_length: Annotated[int, Field(gt=0, le=1_000_000)] = 100
    """Longest row of ids, in tokens."""

    truncate: Literal["pre", "post"] = "pre"
    """Where a longer row is cut: ``pre`` keeps its last ids, as Keras' ``pad_sequences`` does unless told."""
