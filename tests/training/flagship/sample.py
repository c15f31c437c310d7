"""Labelled tweets of our own writing, a recipe that is quick, and a fold."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from tests.training.evaluation.small_data import write_brands, write_hate
from tests.training.flagship.small import config
from training.data.tweets import LabelledTweets
from training.flagship.corpus import Corpus
from training.flagship.fold import Fold, outer_folds
from training.flagship.recipe import Recipe, load_recipe

LABELS = ("bad", "good", "none")
TELLING = {"bad": ("awful", "broken"), "good": ("lovely", "great"), "none": ("noon", "schedule")}
OTHERS = (
    *("river", "garden", "window", "paper", "music", "coffee", "winter", "summer", "bread", "bicycle", "train"),
    *("letter", "mountain", "station", "market", "bridge", "island", "kitchen", "pencil", "ticket", "blanket"),
)


def corpus(rows: int = 90, *, seed: int = 67, unlabelled: int = 30) -> Corpus:
    """Tweets that one word gives away, in turn of each label; every fifth one is the one before, with another label."""
    random = np.random.default_rng(seed)
    texts: list[str] = []
    targets: list[int] = []
    for row in range(rows):
        if row % 5 == 4:
            texts.append(f"RT @somebody {texts[-1]} http://a.example/{row}")
            targets.append((targets[-1] + 1) % len(LABELS))
            continue
        words = [*random.choice(OTHERS, size=6, replace=False), random.choice(TELLING[LABELS[row % 3]])]
        texts.append(" ".join(map(str, words)))
        targets.append(row % 3)
    tweets = LabelledTweets(tuple(texts), np.array(targets, dtype=np.intp), LABELS, 0, np.arange(rows))
    more = tuple(" ".join(map(str, random.choice(OTHERS, size=5, replace=False))) for _ in range(unlabelled))
    return Corpus(tweets, more, more)


def recipe(**changes: Any) -> Recipe:  # noqa: ANN401 - any of the fields
    """The shipped one made small: two epochs of one encoder, two copies a tweet. Changes: SECTION__FIELD."""
    shipped = load_recipe("brands")
    small: dict[str, Any] = {
        "folds": 3,
        "linear__penalties": (5.0,),
        "teacher__seeds": (1,),
        "teacher__epochs": 2,
        "teacher__batch_size": 8,
        "teacher__learning_rate": 1e-3,
        "teacher__max_pieces": 16,
        "transfer__copies": 2,
        "student": config(dimension=3, served_dimension=2, units=4, max_epochs=2, batch_size=16),
    }
    for name, value in (small | changes).items():
        section, _, field = name.partition("__")
        new = getattr(shipped, section).model_copy(update={field: value}) if field else value
        shipped = shipped.model_copy(update={section: new})
    return shipped


def fold(number: int = 0, **changes: Any) -> Fold:  # noqa: ANN401 - any of the corpus' arguments
    """One of three."""
    return outer_folds(corpus(**changes), 3, 67)[number]


def in_other_words(fold: Fold) -> Fold:
    """Return a fold whose test tweets, and what is near them, say something else, of which nothing may be learnt."""
    corpus = fold.corpus
    tested = np.isin(corpus.clusters, corpus.clusters[fold.split.test])
    texts = tuple(
        _in_other_words(text) if other else text for text, other in zip(corpus.tweets.texts, tested, strict=True)
    )
    other = Corpus(replace(corpus.tweets, texts=texts), corpus.unlabelled, corpus.lending)
    assert other.identity != corpus.identity
    return Fold(fold.name, other, fold.split)


def _in_other_words(text: str) -> str:
    return " ".join(f"{word}qu" if word.isalpha() and word.islower() else word for word in text.split())


def write_files(directory: Path, rows: int = 120) -> Path:
    """Write both tasks' labelled files and unlabelled tweets, under the names that the recipes have for them."""
    directory.mkdir(parents=True, exist_ok=True)
    for task, write in (("brands", write_brands), ("hate", write_hate)):
        data = load_recipe(task).data
        write(directory / data.labelled, rows)
        for one in data.unlabelled:
            lines = _as_file(corpus().unlabelled, one.format)
            path = directory / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return directory


def _as_file(tweets: tuple[str, ...], form: str) -> tuple[str, ...]:
    match form:
        case "hate":
            return ("id,tweet", *(f"{number},{tweet}" for number, tweet in enumerate(tweets)))
        case "entities":
            # The first of four entities is held back.
            turned = (" ".join(reversed(tweet.split())) for tweet in tweets)
            held_back = (f"a{number},A,Negative,{tweet}" for number, tweet in enumerate(turned))
            return (
                *held_back,
                *(f"{number},{'BCD'[number % 3]},Neutral,{tweet}" for number, tweet in enumerate(tweets)),
            )
        case _:
            return tweets


def recipe_text(task: str = "brands", changes: Mapping[str, str] | None = None) -> str:
    """Return a shipped recipe's file with some `key = value` lines changed. Changes: by `section.key`."""
    left, section, lines = dict(changes or {}), "", []
    for line in (files("training.flagship.recipes") / f"{task}.toml").read_text("utf-8").splitlines():
        key, is_value, _ = line.partition(" = ")
        if line.startswith("["):
            section = line.strip("[]") + "."
        changed = left.pop(f"{section}{key}", None) if is_value else None
        lines.append(line if changed is None else f"{key} = {changed}")
    assert not left, f"the recipe has no {', '.join(left)}"
    return "\n".join(lines) + "\n"
