"""Fixtures for all tests: the shared data sets and NLTK's corpora, which are not part of the project."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

TWEETS_DATA = Path(os.environ.get("TWEETS_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")

# NLTK reads this once, when it is first imported; programs that tests start inherit it.
if (NLTK_DATA := TWEETS_DATA.parent / "nltk_data").is_dir():
    os.environ.setdefault("NLTK_DATA", str(NLTK_DATA))

# A shell starts background jobs with SIGINT ignored, and programs that tests start and interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No luck: the same examples in every run, and no deadline that a busy machine could miss.
settings.register_profile("warble", derandomize=True, deadline=None)
settings.load_profile("warble")


@pytest.fixture(scope="session")
def tweets_data() -> Path:
    """Return the directory of the shared data sets.

    Without it the test is skipped and says so; if TWEETS_DATA names a place where it is not, the test fails.
    """
    if not TWEETS_DATA.is_dir():
        if os.environ.get("TWEETS_DATA"):
            pytest.fail(f"TWEETS_DATA names {TWEETS_DATA}, which is no directory")
        pytest.skip(f"NOT TESTED on real tweets: there is no {TWEETS_DATA}; set TWEETS_DATA to the data sets")
    return TWEETS_DATA


@pytest.fixture(scope="session")
def nltk_corpora() -> None:
    """Skip the test, saying so, where NLTK has no stop words or no WordNet."""
    from model.errors import UsageError  # noqa: PLC0415 - NLTK_DATA must be set first
    from training.preprocessing import reference  # noqa: PLC0415 - NLTK_DATA must be set first

    try:
        reference.require_corpora()
    except UsageError as error:
        pytest.skip(f"NOT TESTED against NLTK: {error}")
