"""What a bundle says about its preprocessing."""

from typing import Literal

from pydantic import PositiveInt

from model.strict import Strict


class Preprocessing(Strict):
    """How a tweet's text becomes a row of ids; the words themselves are in the vocabulary."""

    cleanup: Literal["brands-notebook"]
    """The clean-up that the network was trained on."""

    max_length: PositiveInt = 100
    """Longest row of ids, in tokens."""

    truncate: Literal["pre", "post"] = "pre"
    """Where a longer row is cut: ``pre`` keeps its last ids, as Keras' ``pad_sequences`` does unless told."""
