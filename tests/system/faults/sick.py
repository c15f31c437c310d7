"""Run ``warble worker`` with a network that fails for tweets with a certain word.

    python -m tests.system.faults.sick --word WORD --how raises|nan|hangs worker [--stop-at-end]

In this process alone the engine behind the classifier is wrapped.
"""

import argparse
import sys
import threading
from collections.abc import Callable
from unittest import mock

import numpy as np

from model.classifier import Classifier
from model.engines.base import Engine, Ids, Lengths, Outputs
from stream.cli import main
from tests.system.faults.plan import tell


class SickEngine:
    """An engine that fails for rows in which a word's id stands."""

    def __init__(self, engine: Engine, word: int, how: str) -> None:
        self._engine = engine
        self._word = word
        self._how = how
        self.name = engine.name
        self.device = engine.device
        self.kernel = engine.kernel
        self.warm = engine.warm
        self.cells = engine.cells

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        """Raise, hang, or answer NaN for the rows with the word."""
        outputs = self._engine.predict(ids, lengths)
        sick = (ids == self._word).any(axis=1)
        if not sick.any():
            return outputs
        match self._how:
            case "raises":
                raise RuntimeError("this network cannot stand the word")
            case "hangs":
                tell(event="network_hangs")
                threading.Event().wait()
        return np.where(sick[:, None], np.float32(np.nan), outputs)


def run(arguments: list[str]) -> None:
    """Run ``warble`` with a sick network."""
    parser = argparse.ArgumentParser(prog="sick", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--word", required=True)
    parser.add_argument("--how", choices=["raises", "nan", "hangs"], required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    load: Callable[..., Classifier] = Classifier.load

    def load_sick(*arguments: object, **named: object) -> Classifier:
        classifier = load(*arguments, **named)
        (word,) = classifier.encode(options.word).ids
        classifier.engine = SickEngine(classifier.engine, word, options.how)
        return classifier

    sys.argv = ["warble", *options.command]
    with mock.patch.object(Classifier, "load", load_sick):
        main()


if __name__ == "__main__":
    run(sys.argv[1:])
