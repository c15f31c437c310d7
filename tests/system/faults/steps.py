"""Run ``warble worker`` and do to it, at a named step of its work, what a fault would do.

    python -m tests.system.faults.steps --at STEP --do ACTION [--nth N] worker [--stop-at-end]

The worker has no hooks for this: in this process alone, the Kafka client and the classifier are replaced by ones that
know when a step is reached. That moment is told on stderr (event ``step_reached``) before anything is done, and what
the client handed to the worker when it closes (event ``handed_out``).
"""

import argparse
import sys
from collections.abc import Sequence
from unittest import mock

from model.classifier import Classifier, Predictions
from stream.cli import main
from tests.system.faults.clients import SteppedConsumer, SteppedProducer
from tests.system.faults.plan import Plan, Step


def run(arguments: list[str]) -> None:
    """Run ``warble`` with a fault planned."""
    parser = argparse.ArgumentParser(prog="steps", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--at", type=Step, choices=list(Step), required=True)
    parser.add_argument("--do", choices=["kill", "term", "stop", "hang"], required=True)
    parser.add_argument("--nth", type=int, default=2, help="act when the step is reached this often (default: 2)")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    plan = Plan(options.at, options.do, options.nth)
    predict = Classifier.predict

    def stepped_predict(classifier: Classifier, rows: Sequence[Sequence[int]]) -> Predictions:
        plan.at(Step.DURING_PREDICT)
        return predict(classifier, rows)

    sys.argv = ["warble", *options.command]
    SteppedConsumer.plan = SteppedProducer.plan = plan
    with (
        mock.patch("stream.kafka.connect.Consumer", SteppedConsumer),
        mock.patch("stream.kafka.sender.Producer", SteppedProducer),
        mock.patch.object(Classifier, "predict", stepped_predict),
    ):
        main()


if __name__ == "__main__":
    run(sys.argv[1:])
