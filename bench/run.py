"""A whole benchmark: environments, broker, topic, every measurement, figures, page and pictures."""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import kafka, machine
from bench.documents import renewed
from bench.environments import provide
from bench.errors import ContenderError
from bench.ledger import Ledger, Measured
from bench.plan import Bench, Options, Step
from bench.plots import draw
from bench.registry import Contender, chosen
from bench.report import page, summary
from bench.results import compute
from bench.shared_classify import BUNDLE
from bench.throughput import Agreement
from bench.tweets import ROOT, records, texts
from model.bundle.read import load_bundle
from model.classifier import Classifier

SOURCE: Final = "tweets-bench"
_console = Console(stderr=True)


def run(options: Options, names: Sequence[str], out: Path, work: Path, *, fresh: bool) -> None:
    """Measure what is not measured yet, and write the figures of all.

    names: contenders that take part; the ceilings and the rest are left out unless all do.
    Raises BenchError for what stops everything; a contender that fails is a row without a figure.
    """
    wanted = chosen(names)
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    told = json.dumps(asdict(options), sort_keys=True)
    ledger = Ledger(work / "runs.jsonl", machine.fingerprint(told), fresh=fresh)
    absent = _provide(wanted)
    some, what = texts()
    taking_part = [contender for contender in wanted if contender.needs not in absent]
    with kafka.running() as broker:
        broker.create(SOURCE)
        _console.print(f"filling a topic with {options.tweets:,} tweets ({what})")
        broker.fill(SOURCE, records(some, options.tweets))
        classifier = Classifier.load(BUNDLE, engine="onnx", device="cpu", threads=1)
        bench = Bench(
            broker=broker,
            source=SOURCE,
            texts=some,
            vocabulary=[word for word, i in load_bundle(BUNDLE).vocabulary.forms.items() if i],
            options=options,
            work=work,
            ledger=ledger,
            agreement=_agreement(classifier, some),
        )
        work_off(list(bench.steps(taking_part, rest=not names)), ledger)
    facts = {**options.span._asdict(), "rounds": options.rounds, "tweets": options.tweets, "texts": what}
    write(compute(ledger, machine.description(), facts, absent), out)


def write(results: Measured, out: Path) -> None:
    """Write figures, pictures and page below ``out``."""
    figures = out / "bench" / "results.json"
    figures.parent.mkdir(parents=True, exist_ok=True)
    figures.write_text(json.dumps(results, indent=1) + "\n")
    pictures = draw(results, out / "docs")
    (out / "docs" / "speed.md").write_text(page(results, pictures))
    if out == ROOT:
        readme = out / "README.md"
        readme.write_text(renewed(readme.read_text("utf-8"), "speed", summary(results)), "utf-8")
    _console.print(f"written: {figures}, {out / 'docs' / 'speed.md'} and {len(pictures)} pictures")


def _provide(contenders: Sequence[Contender]) -> dict[str, str]:
    """Install what the contenders need; return what could not be installed, and why."""
    absent = {}
    for name in dict.fromkeys(contender.needs for contender in contenders):
        if name is None:
            continue
        try:
            with _console.status(f"environment '{name}'"):
                provide(name)
        except ContenderError as error:
            absent[name] = f"could not be installed: {error}"
            _console.print(f"[yellow]{name}: {absent[name]}", highlight=False)
    return absent


def work_off(steps: Sequence[Step], ledger: Ledger) -> None:
    """Make the measurements that the ledger lacks, with a bar and an estimate of the time left.

    One that fails is kept as ``failed`` with the reason, so that it is not tried again and again.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    waiting = [step for step in steps if step.key not in ledger]
    if len(waiting) < len(steps):
        _console.print(f"{len(steps) - len(waiting)} measurements are there already (--fresh makes them anew)")
    estimated_s = sum(step.estimate_s for step in waiting)
    spent_s, passed_s = 0.0, 0.0
    with Progress(*columns, TextColumn("{task.fields[left]}"), console=_console) as progress:
        task = progress.add_task("", total=len(waiting), left="")
        for step in waiting:
            # What was slower or faster than estimated so far is taken to stay so.
            left_s = (estimated_s - passed_s) * (spent_s / passed_s if passed_s else 1.0)
            progress.update(task, description=step.title, left=f"about {max(1, round(left_s / 60))} min left")
            began = time.monotonic()
            try:
                measured = step.measure()
            except ContenderError as error:
                measured = {"failed": str(error)}
                _console.print(f"[yellow]{step.title}: {error}", highlight=False)
            ledger.add(step.key, measured)
            spent_s += time.monotonic() - began
            passed_s += step.estimate_s
            progress.advance(task)


def _agreement(classifier: Classifier, some: Sequence[str]) -> Agreement:
    """Return what compares a contender's labels with those of our own classifier for the same tweets."""

    def share(values: Sequence[bytes]) -> float:
        results = [orjson.loads(value) for value in values]
        expected = classifier.classify([some[int(result["id"]) % len(some)] for result in results])
        same: int = sum(result["label"] == answer.label for result, answer in zip(results, expected, strict=True))
        return same / max(1, len(results))

    return share
