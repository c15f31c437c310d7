"""The data sets as `explore` sees them: what a word is, how classes are called and coloured, what the study said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.data.brands import BRANDS, brand_tweets
from training.data.datasets import DatasetName
from training.data.hate import HATE, hate_tweets
from training.data.table import Table, TableFormat, read_table
from training.data.tweets import LabelledTweets
from training.pictures import COLOURS
from training.preprocessing import hate_words, reference


@dataclass(frozen=True)
class LabelLook:
    """How a class is shown."""

    title: str
    colour: str


@dataclass(frozen=True)
class Kind:
    """What is fixed about a data set."""

    title: str
    source: str
    format: TableFormat
    tweets: Callable[[Table], LabelledTweets]
    clean: Callable[[str], str]
    tokens: Callable[[str], list[str]]
    word: str
    """What counts as a word, in a sentence."""
    looks: Mapping[str, LabelLook]
    """By label, in the order in which the report shows them."""
    study: Mapping[str, str]
    """What the study said, by section of the report."""


@dataclass(frozen=True)
class Subject:
    """A file that is explored."""

    name: DatasetName
    kind: Kind
    table: Table
    tweets: LabelledTweets


def read_subject(name: DatasetName, path: Path) -> Subject:
    """Read a data set's file.

    Raises UsageError if the file is not what it should be, or NLTK's corpora are not to be found.
    """
    kind = KINDS[name]
    table = read_table(path, kind.format)
    tweets = kind.tweets(table)
    reference.require_corpora()
    return Subject(name, kind, table, tweets)


KINDS: Final[Mapping[DatasetName, Kind]] = {
    "brands": Kind(
        title="Brand tweets",
        source="CrowdFlower: how a tweet feels about a brand or product, during a festival in Austin in 2011",
        format=BRANDS,
        tweets=brand_tweets,
        clean=reference.clean,
        tokens=reference.tokens,
        word="Words are what the study's clean-up leaves: lower case, without links, hashtags, numbers, e-mail and web "
        "addresses, cut into runs of ASCII letters and digits, NLTK's English stop words dropped, nouns lemmatised "
        "with WordNet. It keeps the quot of &quot; and the mention of @mention.",
        looks={
            "negative": LabelLook("negative", COLOURS[1]),
            "neutral": LabelLook("neutral", COLOURS[2]),
            "positive": LabelLook("positive", COLOURS[0]),
            "i can't tell": LabelLook("can't tell", COLOURS[3]),
        },
        study={
            "agreement": "Identical tweets of this set have the same label 74.5 % of the time, it is said. That is "
            "what comes out for pairs of tweets that are identical but for links, mentions and RT, if capitals and "
            "punctuation count.",
            "diversity": "What the study calls lexical diversity divides characters by different characters, which "
            "measures little but a tweet's length. The same over words is beside it.",
        },
    ),
    "hate": Kind(
        title="Hate tweets",
        source="Analytics Vidhya: tweets chosen by keywords, labelled as hateful or not",
        format=HATE,
        tweets=hate_tweets,
        clean=hate_words.clean,
        tokens=hate_words.tokens,
        word="Words are runs of ASCII letters in lower case, without web addresses and mentions; NLTK's English stop "
        "words are dropped. The words of hashtags count. The amp of &amp; and the gt of &gt; are kept.",
        looks={
            "hateful": LabelLook("hateful", COLOURS[1]),
            "not_hateful": LabelLook("not hateful", COLOURS[0]),
        },
        study={
            "length": "The study gives a median of 88 characters and a longest tweet of 37 words. Both come out here: "
            "characters are counted as they stand in the file, blanks and encoding damage included, and words as said "
            "above. Words as Keras' Tokenizer cuts them, which is what the study's networks read, are in the table "
            "beside them: cut at 37, the longest tweet is not whole.",
            "diversity": "Over characters is how the brand study counts; over words is beside it.",
        },
    ),
}
