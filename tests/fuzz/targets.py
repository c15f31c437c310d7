"""What must hold for any bytes: a tweet or a reason, ids of the vocabulary, settings or a bundle or a clear refusal.

A target is a function of bytes that fails an assertion, or lets an exception through, where something is wrong. It is
fed by hypothesis in ``test_targets.py`` and by libFuzzer in ``one.py``.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.fuzz import bundles, configuration, messages, texts


class Target(NamedTuple):
    """One thing to feed with bytes."""

    feed: Callable[[bytes], object]
    """Raises for a finding; what it returns is of no matter."""
    seeds: Callable[[], list[bytes]]
    """Inputs to start from."""
    words: tuple[bytes, ...]
    """What inputs often hold, for a fuzzer to put in."""
    share: int = 1
    """One run of it for so many of the quick ones: some read files, which takes its time."""


TARGETS = {
    "decode": Target(messages.feed, messages.seeds, messages.WORDS),
    "encode": Target(texts.feed, texts.seeds, texts.WORDS),
    "settings": Target(configuration.feed, configuration.seeds, configuration.WORDS, share=10),
    "bundle": Target(bundles.feed, bundles.seeds, bundles.WORDS, share=10),
}
