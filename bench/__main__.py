"""``python -m bench``: measure everything, or one part of it."""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from bench.environments import lock as lock_environments
from bench.errors import BenchError, ContenderError
from bench.plan import EXACTLY_ONCE, FULL, QUICK
from bench.profiling import measure
from bench.registry import chosen
from bench.report import profile_section
from bench.run import SOURCE, run
from bench.throughput import Span
from bench.tuning import tune as try_batches
from bench.tweets import ROOT, records, texts
from model.errors import WarbleError

WORK: Final = ROOT / "bench" / ".work"

app = typer.Typer(add_completion=False, invoke_without_command=True, pretty_exceptions_enable=False)


@app.callback()
def bench(
    context: typer.Context,
    *,
    rounds: Annotated[
        int, typer.Option(min=1, help="How often each contender runs, in turn with the others.")
    ] = FULL.rounds,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds of a run that count.")] = FULL.span.seconds,
    warm_up: Annotated[
        float, typer.Option(min=0, help="Seconds from the first result on that do not.")
    ] = FULL.span.warm_up_s,
    tweets: Annotated[int, typer.Option(min=1_000, help="Tweets in the topic.")] = FULL.tweets,
    quick: Annotated[bool, typer.Option("--quick", help="One short round, to see whether all runs.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure anew what was measured already.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Contender to run; may be given again.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where bench/results.json and docs/speed.md are written.")] = None,
) -> None:
    """Measure Warble and its contenders on a broker of our own, and write bench/results.json and docs/speed.md.

    A run that was cut short goes on where it was. With --only or --quick nothing in the repository is changed unless
    --out says so.
    """
    if context.invoked_subcommand is not None:
        return
    full = replace(FULL, rounds=rounds, tweets=tweets, span=Span(warm_up, seconds))
    options = QUICK if quick else full
    work = WORK / "quick" if quick else WORK
    run(options, only or [], out or (work / "out" if quick or only else ROOT), work, fresh=fresh)


@app.command()
def profile(
    tweets: Annotated[int, typer.Option(min=1_000, help="Tweets to label.")] = 400_000,
    *,
    contender: Annotated[str, typer.Option(help="Which worker of ours.")] = EXACTLY_ONCE,
) -> None:
    """Show where a worker's time goes: by stage, as processor time, and by function (py-spy)."""
    from bench import kafka  # noqa: PLC0415 - only this command starts a broker by itself

    (worker,) = chosen([contender])
    if not worker.is_ours:
        raise BenchError(f"'{contender}' is no worker of ours: only those tell their stages")
    with kafka.running() as broker, tempfile.TemporaryDirectory() as work:
        broker.create(SOURCE)
        broker.fill(SOURCE, records(texts()[0], tweets))
        found = measure(broker, worker, SOURCE, tweets * 9 // 10, Path(work), sampled=True)
    sys.stdout.write(profile_section(found, contender) + "\n")


@app.command()
def tune(
    name: Annotated[list[str], typer.Argument(help="Contender to try with several batch sizes; one or more.")],
    *,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds of a run that count.")] = 8,
) -> None:
    """Try batch sizes, and print what each reaches: which is best goes into bench/registry.py."""
    for contender, found in try_batches(chosen(name), Span(2, seconds), WORK / "tune"):
        reached = found.get("failed") or f"{found['per_second']:,.0f} tweets/s"
        sys.stdout.write(f"{contender.name}, batches of {contender.batch:,}: {reached}\n")
        sys.stdout.flush()


@app.command("metrics")
def metrics_cost(
    *,
    bundle: Annotated[str, typer.Option(help="Which bundle labels.")] = "brands",
    tweets: Annotated[int, typer.Option(min=1, help="Tweets in a batch.")] = 8_000,
) -> None:
    """Show what metrics cost, as processor time beside that of labelling, without Kafka."""
    from bench.metrics_cost import measure as measure_cost  # noqa: PLC0415 - loads the engine
    from bench.metrics_cost import table  # noqa: PLC0415 - as above

    sys.stdout.write(table(measure_cost(bundle, tweets)))


@app.command()
def drift(
    *,
    window: Annotated[list[int] | None, typer.Option(min=1_000, help="Tweets of a window; may be given again.")] = None,
) -> None:
    """Show how often drift rings on 100 windows of held-out tweets, and how soon on general ones (TWEETS_DATA)."""
    from bench.drift import BUNDLES, measure, table  # noqa: PLC0415 - loads the engine

    data = Path(os.environ.get("TWEETS_DATA", ROOT.parent / "shared" / "data"))
    found = [measure(data, bundle, length) for bundle in BUNDLES for length in window or (1_000, 10_000)]
    sys.stdout.write(table(found))


@app.command()
def lock(*, upgrade: Annotated[bool, typer.Option("--upgrade", help="Pass over the present pins.")] = False) -> None:
    """Pin the versions of the contenders' environments anew."""
    lock_environments(upgrade=upgrade)


def main() -> None:
    """Run a command; an error that a user can cause is one line."""
    try:
        app()
    except WarbleError as error:
        sys.stderr.write(f"bench: error: {error}\n")
        sys.exit(error.exit_code)
    except ContenderError as error:
        sys.stderr.write(f"bench: error: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
