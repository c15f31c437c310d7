"""What `explore.json` holds: every figure of the report, and no tweet."""

from collections.abc import Mapping

from model.strict import Strict


def percent(share: float, places: int = 1) -> str:
    """Return a share in per cent, for people."""
    return f"{100 * share:.{places}f} %"


class Count(Strict):
    """How often something occurs."""

    name: str
    count: int


class Share(Strict):
    """A part of a whole."""

    count: int
    share: float
    """Of the whole, from 0 to 1; 0 where there is no whole."""


class Spread(Strict):
    """How a figure is distributed over tweets."""

    minimum: float
    lower_quartile: float
    median: float
    mean: float
    upper_quartile: float
    maximum: float


class Marks(Strict):
    """Hashtags, mentions or web addresses."""

    total: int
    different: int
    tweets: Share
    """Those with at least one."""
    top: tuple[Count, ...]


class Repeats(Strict):
    """Groups of at least two tweets that are the same in some sense."""

    groups: int
    tweets: Share
    """Those in a group."""
    beyond_the_first: Share
    """What would be dropped if each group kept one."""
    largest: int
    sizes: Mapping[int, int]
    """How many groups (single tweets are groups of 1) have each size."""


class Agreement(Strict):
    """How far tweets that are the same have the same label."""

    groups: int
    tweets: int
    unanimous_groups: float | None
    """Share of the groups, each counted once."""
    agreeing_pairs: float | None
    """Share of the pairs of two tweets of one group; None without a pair."""


class Encoding(Strict):
    """What became of characters on their way into the file."""

    damaged: Share
    """Tweets in which ftfy finds mojibake: UTF-8 that was read as another encoding."""
    damaged_by_label: Mapping[str, Share]
    mended: Share
    """Tweets whose encoding ftfy changes for the better."""
    still_damaged: Share
    """Tweets in which ftfy finds mojibake even then."""
    entities: Share
    """Tweets with an HTML entity, such as &amp;, in place of a character."""


class Exploration(Strict):
    """Everything; what is by label has no entry for labels without tweets."""

    format_version: int = 1
    data: str
    file: str
    sha256: str
    rows: int
    """Of the file, header excluded."""
    without_text: int
    missing: Mapping[str, Share]
    """Rows in which a column is empty."""
    tweets: int
    labels: Mapping[str, Share]
    word: str
    """What counts as a word."""
    different_words: int
    words: tuple[Count, ...]
    words_by_label: Mapping[str, tuple[Count, ...]]
    typical_words_by_label: Mapping[str, tuple[Count, ...]]
    """What a label's tweets have more of than the others, most telling first; counts are within the label."""
    characters: Mapping[str, Spread]
    """By label, and of all tweets under ``all``; so are the next four."""
    words_a_tweet: Mapping[str, Spread]
    keras_tokens: Mapping[str, Spread]
    character_diversity: Mapping[str, Spread]
    word_diversity: Mapping[str, Spread]
    hashtags: Marks
    mentions: Marks
    addresses: Marks
    repeats: Mapping[str, Repeats]
    """By what makes two tweets the same."""
    agreement: Mapping[str, Agreement]
    """By what makes two tweets the same."""
    chance_agreement: float
    """Share of agreeing pairs if labels were dealt out at random."""
    encoding: Encoding
