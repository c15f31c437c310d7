"""The report: one HTML file that needs nothing beside it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.explore.examine import ALL
from training.explore.figures import Count, Exploration, Marks, Share, Spread, percent
from training.explore.repeats import NEAR
from training.explore.subject import Subject


@dataclass(frozen=True)
class Table:
    """Headers and rows; the first column names the row."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Picture:
    """A picture, named as its files are."""

    name: str
    alt: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = field(default=())


def render(subject: Subject, exploration: Exploration, pictures: Mapping[str, Path]) -> str:
    """Return the report as HTML; ``pictures``: the SVG file of each picture that was drawn, by name."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - keeps `--help` quick

    environment = Environment(
        loader=PackageLoader("training.explore", "."),
        autoescape=True,  # words and hashtags are other people's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja").render(
        title=subject.kind.title,
        source=subject.kind.source,
        exploration=exploration,
        sections=sections(subject, exploration),
        images={name: base64.b64encode(path.read_bytes()).decode() for name, path in pictures.items()},
    )


def sections(subject: Subject, found: Exploration) -> tuple[Section, ...]:
    """Return what the report tells, in order."""
    titles = {ALL: "all", **{label: look.title for label, look in subject.kind.looks.items()}}
    study = {name: (text,) for name, text in subject.kind.study.items()}
    clouds = tuple(Picture(cloud_name(label), f"Word cloud of the class {titles[label]}") for label in found.labels)
    return (
        Section(
            "Classes",
            pictures=(Picture("classes", "Number and share of the tweets of each class"),),
            tables=(_shares("class", {titles[label]: part for label, part in found.labels.items()}, "tweets"),),
        ),
        Section(
            "Missing values",
            (f"Rows without text: {found.without_text:,} of {found.rows:,}; all that follows leaves them out.",),
            tables=(_shares("column", found.missing, "rows in which it is empty"),),
        ),
        Section(
            "Words",
            (found.word, f"There are {found.different_words:,} different ones."),
            (Picture("words", "The 15 most common words"),),
        ),
        Section(
            "Words by class",
            (
                (
                    "The most common words of each class, then those that are typical of it: that it has more of than "
                    "the other classes, by the log-odds ratio with a Dirichlet prior (Monroe and others, 2008)."
                ),
            ),
            (
                Picture("words-by-class", "The 15 most common words of each class"),
                Picture("typical-words", "The words that are most typical of each class"),
            ),
        ),
        Section("Word clouds", ("The 100 most common words of each class; colours mean nothing.",), clouds),
        Section(
            "Length",
            study.get("length", ()),
            (
                Picture("characters", "Distribution of the number of characters by class"),
                Picture("words-a-tweet", "Distribution of the number of words by class"),
            ),
            (
                _spreads("characters", found.characters, titles),
                _spreads("words", found.words_a_tweet, titles),
                _spreads("words as Keras' Tokenizer cuts them", found.keras_tokens, titles),
            ),
        ),
        Section(
            "Lexical diversity and number of words",
            (
                (
                    "Diversity is length divided by the number of different items: 1 if nothing is repeated, 0 if "
                    "nothing is left of a tweet after clean-up. Boxes go from the lower to the upper quartile, with "
                    "the median as a line and the mean as a diamond; whiskers from the 5th to the 95th percentile."
                ),
                *study.get("diversity", ()),
            ),
            (Picture("diversity", "Lexical diversity over characters and over words, and words in a tweet, by class"),),
            (
                _spreads("diversity over characters", found.character_diversity, titles),
                _spreads("diversity over words", found.word_diversity, titles),
            ),
        ),
        _marks("Hashtags", "hashtags", "hashtags", found.hashtags),
        _marks("Mentions", "mentions", "mentions", found.mentions),
        _marks("Web addresses", "addresses", "web addresses", found.addresses),
        Section(
            "Duplicates",
            (
                (
                    "Normalised means: encoding mended, lower case, without web addresses, {link}, mentions, "
                    "punctuation, emoji and a leading RT. Near-duplicates are the same once normalised, or share at "
                    "least 0.8 (Jaccard) of their word 3-shingles, and so on from neighbour to neighbour. "
                    f"{percent(found.repeats[NEAR].beyond_the_first.share)} of the tweets repeat another in this "
                    "sense: a random split puts many of them on both sides."
                ),
            ),
            (Picture("duplicates", "Tweets by the size of the group of equal tweets that they are in"),),
            (
                Table(
                    ("the same means", "groups of two or more", "tweets in them", "beyond the first", "largest group"),
                    [
                        (
                            name,
                            f"{part.groups:,}",
                            _share(part.tweets),
                            _share(part.beyond_the_first),
                            f"{part.largest:,}",
                        )
                        for name, part in found.repeats.items()
                    ],
                ),
            ),
        ),
        Section(
            "Labels of identical tweets",
            study.get("agreement", ()),
            (Picture("agreement", "Share of pairs of equal tweets that have the same label"),),
            (
                Table(
                    ("the same means", "groups", "tweets", "pairs that agree", "groups that agree throughout"),
                    [
                        (
                            name,
                            f"{part.groups:,}",
                            f"{part.tweets:,}",
                            _percent(part.agreeing_pairs),
                            _percent(part.unanimous_groups),
                        )
                        for name, part in found.agreement.items()
                    ],
                ),
            ),
        ),
        Section(
            "Encoding damage",
            (
                (
                    "Found by ftfy: UTF-8 that was once read as another encoding (mojibake), so that one character "
                    "became several."
                ),
            ),
            (Picture("encoding", "Share of damaged tweets by class"),),
            (
                _shares(
                    "tweets",
                    {
                        "with mojibake": found.encoding.damaged,
                        "that ftfy mends, at least in part": found.encoding.mended,
                        "with mojibake even then": found.encoding.still_damaged,
                        "with an HTML entity, such as &amp;": found.encoding.entities,
                    },
                    "tweets",
                ),
            ),
        ),
    )


def cloud_name(label: str) -> str:
    """Return the name of a class's word cloud, fit for a file."""
    return "cloud-" + "-".join(
        "".join(letter if letter.isalnum() else " " for letter in label.replace("'", "")).split()
    )


def _marks(title: str, picture: str, what: str, marks: Marks) -> Section:
    if not marks.total:
        return Section(title, (f"There are no {what}.",))
    return Section(
        title,
        (
            (
                f"{marks.total:,} {what}, {marks.different:,} different ones, "
                f"in {marks.tweets.count:,} tweets ({percent(marks.tweets.share)})."
            ),
        ),
        (Picture(picture, f"The most common {what}"),),
        (Table((what, "occurrences"), [_count(count) for count in marks.top]),),
    )


def _shares(name: str, parts: Mapping[str, Share], what: str) -> Table:
    return Table(
        (name, what, "share"), [(row, f"{part.count:,}", percent(part.share, 2)) for row, part in parts.items()]
    )


def _spreads(what: str, spreads: Mapping[str, Spread], titles: Mapping[str, str]) -> Table:
    return Table(
        (what, "least", "lower quartile", "median", "mean", "upper quartile", "most"),
        [
            (
                titles[label],
                _short(spread.minimum),
                _short(spread.lower_quartile),
                _short(spread.median),
                f"{spread.mean:.2f}",
                _short(spread.upper_quartile),
                _short(spread.maximum),
            )
            for label, spread in spreads.items()
        ],
    )


def _short(value: float) -> str:
    return f"{round(value, 2):g}"


def _count(count: Count) -> tuple[str, ...]:
    return count.name, f"{count.count:,}"


def _share(part: Share) -> str:
    return f"{part.count:,} ({percent(part.share)})"


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value)
