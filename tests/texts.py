"""Hypothesis strategies for texts that are hard on the clean-up."""

from typing import Final

from hypothesis import strategies as st

FRAGMENTS: Final = (
    *("@", "#", "<", ">", ".", "..", "/", ":", "-", "'", "{", "}", "+", "_", "&amp;", "!", "?"),
    *("retweet", "Retweet", "RT", "rt", "mention", "http://", "https://", "www.", "{link}", "link", "li"),
    *("com", "co", "a", "b", "t", "uk", "x.y", "a.bc", "ab-c", "it's", "cats", "the", "ipad", "buses"),
    *(" ", "  ", "\n", "\r", "\t", "\x0b", "\x1f", "\x85", "\u2028", "\xa0", "\0"),
    *("1", "23", "\u0663", "\u00b2", "\u2167", "\uff15"),  # digits to some, numerals to others
    *("é", "ß", "İ", "\u0131", "\u017f", "\u212a", "ﬁ", "\u0390", "日", "שלום", "\u0671", "\u0301"),
    *("😀", "👩\u200d💻", "🇩🇪", "\ufe0f", "\u202e", "\ud800", "\udfff", "\U0010ffff"),
)
"""What the steps look for, what stands next to it, and what casefolding turns into it."""


def texts() -> st.SearchStrategy[str]:
    """Texts of a few fragments, repeated and mixed, so that they collide; with some arbitrary characters."""
    any_character = st.characters(codec=None)
    few = st.lists(st.sampled_from(FRAGMENTS) | any_character, min_size=1, max_size=8)
    collisions = few.flatmap(lambda some: st.lists(st.sampled_from(some), max_size=25).map("".join))
    mixture = st.lists(st.sampled_from(FRAGMENTS) | any_character, max_size=25).map("".join)
    return collisions | mixture | st.text(any_character)


_ENDINGS: Final = ("s", "es", "ses", "ves", "xes", "zes", "ches", "shes", "ies", "men", "man", "e", "f", "y", "'s")


def inflected(words: list[str]) -> st.SearchStrategy[str]:
    """Words with endings that WordNet's noun rules know, right, wrong and repeated."""
    endings = st.lists(st.sampled_from(_ENDINGS), max_size=4).map("".join)
    cut = st.integers(min_value=0, max_value=3)
    return st.builds(
        lambda word, cut, ending: word[: max(1, len(word) - cut)] + ending, st.sampled_from(words), cut, endings
    )
