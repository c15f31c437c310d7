from collections import Counter
from itertools import permutations

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from training.explore.clouds import draw_cloud

# Letters without ascenders and descenders: a word fills its box.
COUNTS = Counter({"".join(letters): 130 - 5 * place for place, letters in enumerate(permutations("acemn", 2))})


def words(drawing: Figure) -> list[PathPatch]:
    return [patch for patch in drawing.axes[0].patches if isinstance(patch, PathPatch)]


@pytest.fixture(scope="module")
def drawing() -> Figure:
    return draw_cloud(COUNTS, "Words")


def test_words_lie_within_the_picture_and_on_nobody_else(drawing: Figure) -> None:
    boxes = [patch.get_path().get_extents() for patch in words(drawing)]
    assert len(boxes) > 15
    for number, box in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= 900
        assert 0 <= box.y0 <= box.y1 <= 520
        assert not any(box.padded(-1).overlaps(other) for other in boxes[:number])


def test_the_most_frequent_word_is_the_largest(drawing: Figure) -> None:
    heights = [patch.get_path().get_extents().height for patch in words(drawing)]
    assert heights[0] == max(heights)


def test_the_same_words_stand_in_the_same_place(drawing: Figure) -> None:
    again = draw_cloud(Counter(dict(reversed(COUNTS.items()))), "Words")
    assert [patch.get_path().get_extents().bounds for patch in words(drawing)] == [
        patch.get_path().get_extents().bounds for patch in words(again)
    ]
