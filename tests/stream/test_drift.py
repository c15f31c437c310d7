"""How far the window of the stream is from the bundle's reference."""

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from model.classifier import Classifier
from model.reference import FEATURES, Histogram, Reference, Traits
from stream.drift import Drift, jensen_shannon_distance, population_stability_index, watch
from stream.metrics import Metrics
from stream.settings import DriftSettings

LABELS = ("quiet", "loud")
HALVES = Histogram(edges=(0.0, 0.5, 1.0), counts=(500, 500))
REFERENCE = Reference(
    tweets=1_000,
    labels={"quiet": 900, "loud": 100},
    confidence=HALVES,
    words=Histogram(edges=(0.0, 1.0, 5.0, 10.0), counts=(0, 500, 500)),
    unknown=HALVES,
)


def drift(window: int = 1_000, min_tweets: int = 100) -> Drift:
    return Drift(REFERENCE, DriftSettings(window=window, min_tweets=min_tweets))


def tweets(number: int, *, loud: int = 0) -> Traits:
    """So many tweets, ``loud`` of them at the end; all features but the class alternate as in the reference."""
    turn = np.arange(number) % 2
    labels = (np.arange(number) >= number - loud).astype(np.intp)
    return Traits(
        labels, turn.astype(np.float32), (2 + 4 * turn).astype(np.int32), (turn * (2 + 4 * turn)).astype(np.int32)
    )


def part(of: Traits, start: int, end: int) -> Traits:
    here = slice(start, end)
    return Traits(of.labels[here], of.confidence[here], of.words[here], of.unknown[here])


histograms = st.lists(st.integers(0, 10_000), min_size=2, max_size=12)


@given(histograms)
def test_what_is_distributed_alike_is_at_distance_0(counts: list[int]) -> None:
    some = np.array([*counts, 1])
    assert jensen_shannon_distance(some, 3 * some) == pytest.approx(0, abs=1e-7)
    assert population_stability_index(some, some) == 0


@given(histograms, st.randoms(use_true_random=False))
def test_the_distance_is_symmetric_and_at_most_1(counts: list[int], chance: Any) -> None:  # noqa: ANN401 -- untyped
    one, other = np.array([*counts, 1]), np.array([*chance.sample(counts, len(counts)), 1])
    there, back = jensen_shannon_distance(one, other), jensen_shannon_distance(other, one)
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    assert population_stability_index(one, other) >= 0


def test_nothing_in_common_is_at_distance_1() -> None:
    assert jensen_shannon_distance(np.array([7, 0]), np.array([0, 3])) == pytest.approx(1)
    assert math.isfinite(population_stability_index(np.array([7, 0]), np.array([0, 3])))


def test_the_figures_are_those_of_the_formulas_worked_by_hand() -> None:
    half, tenth = np.array([500, 500]), np.array([900, 100])
    # Of (.5, .5) and (.9, .1), whose middle is (.7, .3): the mean of .5 log2(.5/.7) + .5 log2(.5/.3) and
    # .9 log2(.9/.7) + .1 log2(.1/.3), and its root.
    assert jensen_shannon_distance(half, tenth) == pytest.approx(math.sqrt((0.125769 + 0.167821) / 2), abs=1e-5)
    p, q = (900.5 / 1001, 100.5 / 1001), (0.5, 0.5)
    index = sum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert population_stability_index(half, tenth) == pytest.approx(index)


def test_an_empty_histogram_is_at_no_distance() -> None:
    assert math.isnan(jensen_shannon_distance(np.array([0, 0]), np.array([1, 2])))
    assert math.isnan(population_stability_index(np.array([1, 2]), np.array([0, 0])))


def test_drift_is_told_once_the_window_holds_enough() -> None:
    some = drift(min_tweets=100)
    some.observe(tweets(99))
    assert all(math.isnan(some.jensen_shannon_distance(feature)) for feature in FEATURES)
    assert all(math.isnan(some.population_stability_index(feature)) for feature in FEATURES)
    some.observe(tweets(1))
    assert some.tweets == 100
    assert all(some.jensen_shannon_distance(feature) < 0.3 for feature in FEATURES)


def test_only_the_feature_that_shifts_moves() -> None:
    some = drift()
    some.observe(tweets(1_000, loud=100))
    assert all(some.jensen_shannon_distance(feature) == pytest.approx(0, abs=1e-6) for feature in FEATURES)
    some.observe(tweets(1_000, loud=1_000))
    assert some.jensen_shannon_distance("class") > 0.6
    assert some.population_stability_index("class") > 3
    assert all(some.jensen_shannon_distance(feature) < 1e-6 for feature in FEATURES if feature != "class")


def test_the_window_forgets_what_is_older_than_it_is_long() -> None:
    some = drift(window=1_000)
    some.observe(tweets(1_000, loud=1_000))
    some.observe(tweets(900))
    before = some.jensen_shannon_distance("class")
    some.observe(tweets(100))
    assert before < some.jensen_shannon_distance("class")  # of the reference's loud tenth none is left
    assert some.jensen_shannon_distance("class") == pytest.approx(
        jensen_shannon_distance(np.array([900, 100]), np.array([1_000, 0]))
    )


@given(st.lists(st.integers(0, 700), max_size=12))
def test_batches_of_any_size_make_the_same_window(sizes: list[int]) -> None:
    """As if tweet after tweet had come; at most a fiftieth of the window is let go too early."""
    settings = DriftSettings(window=500, min_tweets=1)
    whole, single = Drift(REFERENCE, settings), Drift(REFERENCE, settings)
    stream = tweets(sum(sizes), loud=sum(sizes) // 3)
    start = 0
    for size in sizes:
        whole.observe(part(stream, start, start + size))
        start += size
    for row in range(start):
        single.observe(part(stream, row, row + 1))
    assert min(start, 490) <= single.tweets <= 500
    if max(sizes, default=0) <= 500:
        assert whole.tweets == single.tweets
        for feature in FEATURES:
            one, other = (some.jensen_shannon_distance(feature) for some in (whole, single))
            assert one == pytest.approx(other, nan_ok=True)
    else:
        assert whole.tweets <= 500


def classifier(reference: Reference | None) -> Classifier:
    return cast(
        "Classifier",
        SimpleNamespace(
            name="tiny", version="1", task="noise", labels=LABELS, metadata=SimpleNamespace(reference=reference)
        ),
    )


def test_what_is_watched_is_exported_as_of_the_scrape() -> None:
    metrics = Metrics()
    some = watch(classifier(REFERENCE), DriftSettings(), metrics)
    assert some is not None

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    assert value("warble_reference_class_ratio", task="noise", model="tiny@1", label="loud") == 0.1
    assert math.isnan(value("warble_drift_jensen_shannon_distance", feature="class") or 0)
    some.observe(tweets(2_000, loud=2_000))
    assert value("warble_drift_window_tweets") == 2_000
    assert (value("warble_drift_jensen_shannon_distance", feature="class") or 0) > 0.6
    assert (value("warble_drift_population_stability_index", feature="class") or 0) > 3


def test_a_bundle_without_a_reference_is_not_watched_and_the_log_says_so() -> None:
    metrics = Metrics()
    with capture_logs() as logs:
        assert watch(classifier(None), DriftSettings(), metrics) is None
    assert [(line["event"], line["model"]) for line in logs] == [("drift_not_watched", "tiny@1")]
    assert "warble_drift_jensen_shannon_distance{" not in generate_latest(metrics.registry).decode()
    assert metrics.registry.get_sample_value("warble_drift_window_tweets") == 0
