"""The CrowdFlower brand tweets: how a tweet feels about a brand or product, in four classes."""

from pathlib import Path
from typing import Final

from training.data.labelled import labelled_tweets, refuse_swapped
from training.data.table import Table, TableFormat, read_table
from training.data.tweets import LabelledTweets

TEXT_COLUMN: Final = "tweet_text"
PRODUCT_COLUMN: Final = "emotion_in_tweet_is_directed_at"
TARGET_COLUMN: Final = "is_there_an_emotion_directed_at_a_brand_or_product"
COLUMNS: Final = (TEXT_COLUMN, PRODUCT_COLUMN, TARGET_COLUMN)
LABEL_OF: Final = {
    "I can't tell": "i can't tell",
    "Negative emotion": "negative",
    "No emotion toward brand or product": "neutral",
    "Positive emotion": "positive",
}
LABELS: Final = tuple(sorted(LABEL_OF.values()))
PRODUCTS: Final = frozenset(
    {
        "Android",
        "Android App",
        "Apple",
        "Google",
        "Other Apple product or service",
        "Other Google product or service",
        "iPad",
        "iPad or iPhone App",
        "iPhone",
    }
)
"""What the product column holds where it is not empty."""
# The file is no valid UTF-8; the study read it as Latin-1, in which nothing is invalid.
BRANDS: Final = TableFormat("the CrowdFlower brand file", COLUMNS, "latin-1")


def read_brands(path: Path) -> LabelledTweets:
    """Read the CSV file as the study did: as Latin-1, without the rows that have no text.

    Raises UsageError for a file that is missing, empty, no CSV, has other columns, swapped ones, an unknown label or
    tweets of one class only.
    """
    return brand_tweets(read_table(path, BRANDS))


def brand_tweets(table: Table) -> LabelledTweets:
    """Take the labelled tweets of a file that has been read.

    Raises UsageError as :func:`read_brands` does.
    """
    texts = [text for text in table.columns[TEXT_COLUMN] if text]
    if texts and PRODUCTS.issuperset(texts):
        refuse_swapped(table, PRODUCT_COLUMN, TEXT_COLUMN)
    return labelled_tweets(table, text=TEXT_COLUMN, label=TARGET_COLUMN, label_of=LABEL_OF)
