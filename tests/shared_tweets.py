"""Readers of the shared data sets, as plain lists of texts."""

import csv
from pathlib import Path


def brands(data: Path) -> list[str]:
    """Return the brand study's 9,092 tweets in file order: read as Latin-1, the row without text dropped."""
    return [text for text in _column(data / "brands.csv", "tweet_text", "latin-1") if text]


def hate_train(data: Path) -> list[str]:
    """Return the 31,962 labelled tweets of the hate set."""
    return _column(data / "hate_train.csv", "tweet", "utf-8")


def hate_test(data: Path) -> list[str]:
    """Return the 17,197 unlabelled tweets of the hate set."""
    return _column(data / "hate_test.csv", "tweet", "utf-8")


def sentiment140(data: Path) -> list[str]:
    """Return the lines of 100,000 tweets; a few tweets hold a line break."""
    return _lines(data / "tweets_sentiment140_100k.txt")


def instagram(data: Path) -> list[str]:
    """Return 100,000 tweets that came by way of Instagram, rich in emoji and non-Latin scripts."""
    return _lines(data / "tweets_instagram_geo_100k.txt")


def _column(path: Path, column: str, encoding: str) -> list[str]:
    with path.open(encoding=encoding, newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def _lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
