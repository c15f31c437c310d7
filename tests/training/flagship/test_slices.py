import numpy as np
import pytest

from tests.training.evaluation.tables import table
from training.flagship.slices import text_slices


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("I did not buy it", ["with a negation"]),
        ("it doesn\u2019t load", ["with a negation"]),
        ("notable, knotty and I want it", []),
        ("oh great, a queue", ["with a mark of sarcasm"]),
        ("lovely weather #sarcasm", ["with a mark of sarcasm", "with a hashtag"]),
        ("why?", ["with a question"]),
        ("#rain #again today", ["with a hashtag", "mostly hashtags"]),
        ("#rain again", ["with a hashtag"]),
        ("y'all finna see this", ["with markers of African American English"]),
        ("i dont know", ["with a negation"]),
        ("plain words", []),
    ],
)
def test_a_tweet_is_in_the_slices_that_it_belongs_to(text: str, titles: list[str]) -> None:
    oof = table(rows=1)
    found = text_slices(oof, {int(oof.row[0]): text})
    assert [one.title for one in found] == titles
    assert all(one.tweets == 1 for one in found)


def test_a_slice_is_scored_over_its_own_tweets_alone() -> None:
    oof = table(rows=40)
    asked = {int(row): "why?" if place % 2 else "so" for place, row in enumerate(oof.row)}
    (found,) = text_slices(oof, asked)
    right = (oof.decided == oof.target)[np.arange(40) % 2 == 1]
    assert found.tweets == 20
    assert found.accuracy.value == pytest.approx(right.mean())
