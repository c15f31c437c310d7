"""From a file to its figures."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.preprocessing import keras_tokens
from training.data.marks import ADDRESS, HASHTAG, MENTION
from training.explore.figures import Encoding, Exploration, Marks, Share, Spread
from training.explore.repeats import agreement, chance, groupings, repeats, share
from training.explore.subject import Subject
from training.explore.words import count_words, top, typical
from training.preprocessing.features import features

ALL: Final = "all"
TOP_MARKS: Final = 15
_ENTITY: Final = re.compile(r"&(?:\w+|#\d+);")
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Measures:
    """What the pictures draw beside the figures."""

    of: Mapping[str, npt.NDArray[np.bool_]]
    """[tweets] by label, in the report's order: which tweets have it. Only labels that have tweets."""
    words: Mapping[str, Counter[str]]
    """Occurrences of every word, by label."""
    characters: Values
    words_a_tweet: Values
    character_diversity: Values
    word_diversity: Values


def examine(subject: Subject, sha256: str, say: Callable[[str], None]) -> tuple[Exploration, Measures]:
    """Measure everything.

    say: is told what begins.
    """
    kind, tweets, table = subject.kind, subject.tweets, subject.table
    of = {
        label: tweets.targets == tweets.labels.index(label)
        for label in kind.looks
        if (tweets.targets == tweets.labels.index(label)).any()
    }
    labels = {label: share(int(mine.sum()), len(tweets)) for label, mine in of.items()}

    say(f"cutting {len(tweets):,} tweets into words")
    tokens = [kind.tokens(text) for text in tweets.texts]
    measured = np.array(
        [features(kind.clean(text), words) for text, words in zip(tweets.texts, tokens, strict=True)], dtype=np.float64
    )
    words = {label: count_words(tokens[row] for row in np.flatnonzero(mine)) for label, mine in of.items()}
    every_word = count_words(tokens)
    measures = Measures(
        of=of,
        words=words,
        characters=np.array([len(text) for text in tweets.texts], dtype=np.float64),
        words_a_tweet=measured[:, 0],
        character_diversity=measured[:, 1],
        word_diversity=measured[:, 2],
    )
    keras = np.array([len(keras_tokens.tokens(text)) for text in tweets.texts], dtype=np.float64)

    say("looking for encoding damage")
    encoding = _encoding(tweets.texts, of)

    say("looking for tweets that are there several times")
    keys = groupings(tweets.texts)
    exploration = Exploration(
        data=subject.name,
        file=table.name,
        sha256=sha256,
        rows=table.rows,
        without_text=tweets.without_text,
        missing={column: share(values.count(""), table.rows) for column, values in table.columns.items()},
        tweets=len(tweets),
        labels=labels,
        word=kind.word,
        different_words=len(every_word),
        words=top(every_word),
        words_by_label={label: top(counts) for label, counts in words.items()},
        typical_words_by_label={label: typical(counts, every_word - counts) for label, counts in words.items()},
        characters=_spreads(measures.characters, of),
        words_a_tweet=_spreads(measures.words_a_tweet, of),
        keras_tokens=_spreads(keras, of),
        character_diversity=_spreads(measures.character_diversity, of),
        word_diversity=_spreads(measures.word_diversity, of),
        hashtags=_marks([text.lower() for text in tweets.texts], HASHTAG),
        mentions=_marks([text.lower() for text in tweets.texts], MENTION),
        addresses=_marks(tweets.texts, ADDRESS),
        repeats={name: repeats(values) for name, values in keys.items()},
        agreement={name: agreement(values, tweets.targets) for name, values in keys.items()},
        chance_agreement=chance(labels),
        encoding=encoding,
    )
    return exploration, measures


def _spreads(values: Values, of: Mapping[str, npt.NDArray[np.bool_]]) -> dict[str, Spread]:
    return {ALL: _spread(values), **{label: _spread(values[mine]) for label, mine in of.items()}}


def _spread(values: Values) -> Spread:
    low, lower, median, upper, high = np.percentile(values, (0, 25, 50, 75, 100)).tolist()
    return Spread(
        minimum=low,
        lower_quartile=lower,
        median=median,
        mean=float(values.mean()),
        upper_quartile=upper,
        maximum=high,
    )


def _marks(texts: Sequence[str], pattern: re.Pattern[str]) -> Marks:
    found = [pattern.findall(text) for text in texts]
    counts = count_words(found)
    return Marks(
        total=counts.total(),
        different=len(counts),
        tweets=share(sum(map(bool, found)), len(texts)),
        top=top(counts, TOP_MARKS),
    )


def _encoding(texts: Sequence[str], of: Mapping[str, npt.NDArray[np.bool_]]) -> Encoding:
    import ftfy  # noqa: PLC0415 - keeps `--help` quick
    from ftfy.badness import is_bad  # noqa: PLC0415

    mended = [ftfy.fix_encoding(text) for text in texts]
    damaged = np.array([is_bad(text) for text in texts])

    def among(count: int) -> Share:
        return share(count, len(texts))

    return Encoding(
        damaged=among(int(damaged.sum())),
        damaged_by_label={label: share(int(damaged[mine].sum()), int(mine.sum())) for label, mine in of.items()},
        mended=among(sum(text != better for text, better in zip(texts, mended, strict=True))),
        still_damaged=among(sum(map(is_bad, mended))),
        entities=among(sum(bool(_ENTITY.search(text)) for text in texts)),
    )
