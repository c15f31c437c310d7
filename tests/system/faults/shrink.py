"""Find the few faults that matter among many."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def shrink(items: Sequence[Item], fails: Callable[[list[Item]], bool], tries: int) -> list[Item]:
    """Return a small part of ``items``, in order, that still fails, calling ``fails`` at most ``tries`` times.

    ``items`` itself is known to fail. Ever smaller pieces are left out, for good where the rest still fails: the
    complement half of Zeller and Hildebrandt's delta debugging. Enough tries leave a part of which nothing can be
    left out. A failure that is a matter of luck may stay large, but what is returned did fail.
    """
    left = list(items)
    pieces = 2
    while len(left) > 1:
        size = -(-len(left) // pieces)
        for start in range(0, len(left), size):
            without = left[:start] + left[start + size :]
            if tries == 0:
                return left
            tries -= 1
            if fails(without):
                left, pieces = without, max(2, pieces - 1)
                break
        else:
            if size == 1:
                return left
            pieces = min(len(left), 2 * pieces)
    return left
