"""What a teacher thinks of many texts: asked in blocks, each of which is kept once it is answered."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from training.flagship.cache import Arrays, Cache, identity, texts_identity
from training.flagship.progress import Reporter

BLOCK: Final = 8192
"""Texts that are asked at once; what a stopped run loses is less."""
_LOGITS: Final = "logits"


class Teacher(Protocol):
    """Whoever knows better."""

    @property
    def name(self) -> str:
        """Name it among its fold's."""

    @property
    def identity(self) -> str:
        """Digest of everything that decides the answers."""

    def logits(self, texts: Sequence[str], reporter: Reporter) -> npt.NDArray[np.float32]:
        """Return [texts, classes]; whoever is not trained yet trains first."""


def asked(
    teacher: Teacher, texts: Sequence[str], what: str, cache: Cache, reporter: Reporter
) -> npt.NDArray[np.float32]:
    """Return a teacher's logits for texts, at least one: [texts, classes].

    what: names the texts among those that the teacher is asked; with it and the teacher's name the answers are kept.
    """
    of_teacher = cache.below(teacher.name)
    whole = identity(teacher.identity, texts_identity(texts))
    kept = of_teacher.find(what, whole)
    if kept is not None:
        return kept[_LOGITS]
    blocks = []
    starts = range(0, len(texts), BLOCK)
    for number, start in enumerate(starts):
        block = texts[start : start + BLOCK]
        under = identity(teacher.identity, texts_identity(block))
        blocks.append(of_teacher.made(_block(what, number), under, _ask(teacher, block, reporter))[_LOGITS])
        if len(starts) > 1:
            reporter.say(f"{teacher.name} has labelled {start + len(block)} of {len(texts)} texts ({what})")
    together = np.concatenate(blocks)
    of_teacher.keep(what, whole, {_LOGITS: together})
    for number in range(len(blocks)):
        of_teacher.discard(_block(what, number))
    return together


def _ask(teacher: Teacher, texts: Sequence[str], reporter: Reporter) -> Callable[[], Arrays]:
    return lambda: {_LOGITS: teacher.logits(texts, reporter)}


def _block(what: str, number: int) -> str:
    return f"{what}-{number:04}"
