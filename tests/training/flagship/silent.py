"""A reporter for those who only want the result, which remembers what it was told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Silent:
    """Shows nothing."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.tasks: list[tuple[str, int, int]] = []
        self.advanced = 0

    def say(self, text: str) -> None:
        """Remember a line."""
        self.said.append(text)

    @contextmanager
    def task(self, title: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
        """Remember that something began, and count how far it came."""
        self.tasks.append((title, total, done))
        yield self._advance

    def _advance(self, more: int) -> None:
        self.advanced += more
