"""The demo in words: a line a second off a terminal, and the closing summary."""

from collections.abc import Iterator

from stream.demo.facts import Facts
from stream.demo.feed import Feed
from stream.demo.tally import Tally


def opening(facts: Facts) -> Iterator[str]:
    """Yield what a reader without the view has to know."""
    yield f"warble demo with {facts.model} ({facts.engine})"
    yield facts.broker_note
    yield facts.own_kafka_note
    yield facts.http_note


def line(facts: Facts, tally: Tally) -> str:
    """Return where things stand, in one line."""
    shares = ", ".join(f"{label} {share:.0%}" for label, share in tally.shares(facts.labels).items())
    return (
        f"{tally.elapsed():.0f} s: {tally.labelled} labelled, {tally.rate():.0f}/s, latency {_latency(tally)}; "
        f"{shares}; {tally.dead} dead-lettered"
    )


def closing(facts: Facts, tally: Tally, feed: Feed, *, seconds: float) -> Iterator[str]:
    """Yield the summary; its last line holds the two counts as plain integers.

    seconds: from the first labelled tweet to the end of the feed.
    """
    came_out = tally.labelled + tally.dead
    yield (
        f"{feed.acknowledged} records sent in {seconds:.0f} s, {feed.broken} of them broken on purpose; "
        + ("each came out once" if came_out == feed.acknowledged else f"{came_out} came out")
    )
    yield "labels: " + ", ".join(f"{label} {tally.labels[label]}" for label in facts.labels)
    if tally.reasons:
        yield "dead letters: " + ", ".join(f"{reason} {count}" for reason, count in tally.reasons.most_common())
    yield f"rate {tally.labelled / max(seconds, 1.0):.0f} tweets/s, latency {_latency(tally)}"
    yield facts.broker_note
    yield facts.own_kafka_note
    yield f"{tally.labelled} tweets labelled, {tally.dead} dead-lettered"


def _latency(tally: Tally) -> str:
    latency = tally.latency_ms()
    return "unknown" if latency is None else f"p50 {latency[0]:.0f} ms, p95 {latency[1]:.0f} ms"
