"""The data sets by their names, and who reads each."""

from pathlib import Path
from typing import Literal

from training.data.brands import read_brands
from training.data.hate import read_hate
from training.data.tweets import LabelledTweets

DatasetName = Literal["brands", "hate"]


def read_tweets(name: DatasetName, path: Path) -> LabelledTweets:
    """Read the file of a data set.

    Raises UsageError if the file is not what it should be.
    """
    match name:
        case "brands":
            return read_brands(path)
        case "hate":
            return read_hate(path)
