"""The batch histogram counts exactly as prometheus_client's own does."""

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from stream.exemplars import CURRENT
from stream.histogram import BatchHistogram

BOUNDS = (0.1, 1.0, 2.5, 10.0)
values = st.sampled_from((*BOUNDS, 0.0, -1.0, 11.0, float("inf"))) | st.floats(-5, 20)


def samples(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels.get("le", "")): sample.value
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


@given(batches=st.lists(st.lists(values, max_size=20), max_size=5))
def test_it_counts_as_the_librarys_own(batches: Sequence[Sequence[float]]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    batchwise = BatchHistogram("h", "Help.", BOUNDS, ours)
    single = Histogram("h", "Help.", buckets=BOUNDS, registry=theirs)
    for batch in batches:
        batchwise.observe(batch)
        for value in batch:
            single.observe(value)
    assert samples(ours) == pytest.approx(samples(theirs))
    assert list(samples(ours)) == list(samples(theirs))


def test_a_bound_belongs_to_its_bucket_and_infinity_takes_the_rest() -> None:
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "Help.", BOUNDS, registry)
    histogram.observe([0.1, 10.0, 10.1])
    assert samples(registry) == {
        ("h_bucket", "0.1"): 1,
        ("h_bucket", "1.0"): 1,
        ("h_bucket", "2.5"): 1,
        ("h_bucket", "10.0"): 2,
        ("h_bucket", "+Inf"): 3,
        ("h_count", ""): 3,
        ("h_sum", ""): pytest.approx(20.2),
    }


def test_one_value_and_no_value_may_be_observed() -> None:
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "Help.", BOUNDS, registry)
    histogram.observe(2)
    histogram.observe([])
    assert registry.get_sample_value("h_count") == 1
    assert registry.get_sample_value("h_sum") == 2


def test_openmetrics_takes_it() -> None:
    registry = CollectorRegistry()
    BatchHistogram("h", "Help.", BOUNDS, registry).observe([1, 2])
    (family,) = parse_openmetrics(openmetrics(registry).decode())  # type: ignore[no-untyped-call]
    assert (family.name, family.documentation, family.type) == ("h", "Help.", "histogram")


def test_a_scrape_between_any_two_steps_of_observing_is_consistent() -> None:
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "Help.", BOUNDS, registry)
    seen = set()

    def scrape(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 -- the signature is the interpreter's
        if frame.f_code is not BatchHistogram.observe.__code__:
            return None
        if event in ("line", "return"):
            found = samples(registry)
            seen.add((found["h_count", ""], found["h_bucket", "+Inf"], found["h_sum", ""]))
        return scrape

    before = sys.gettrace()
    sys.settrace(scrape)
    try:
        histogram.observe([1.0, 1.0])
        histogram.observe([1.0] * 3)
    finally:
        sys.settrace(before)
    assert seen == {(0, 0, 0), (2, 2, 2), (5, 5, 5)}


def test_an_observation_between_any_two_steps_of_a_scrape_does_not_tear_it() -> None:
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "Help.", BOUNDS, registry)

    def observe(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 -- the signature is the interpreter's
        if frame.f_code is not BatchHistogram.collect.__code__:
            return None
        if event == "line":
            histogram.observe(1.0)
        return observe

    before = sys.gettrace()
    sys.settrace(observe)
    try:
        found = samples(registry)
    finally:
        sys.settrace(before)
    assert found["h_count", ""] == found["h_sum", ""] > 0


def test_each_bucket_names_the_trace_of_an_observation_in_it() -> None:
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "Help.", BOUNDS, registry, exemplars=True, wall_clock=lambda: 7.0)
    histogram.observe([0.05, 0.06])
    token = CURRENT.set({"trace_id": "one"})
    histogram.observe([0.05, 2.0, 2.1])
    CURRENT.set({"trace_id": "two"})
    histogram.observe([11.0, 2.2])
    CURRENT.reset(token)
    histogram.observe([2.3])
    (family,) = parse_openmetrics(openmetrics(registry).decode())  # type: ignore[no-untyped-call]
    named = {
        sample.labels["le"]: (
            sample.exemplar.labels["trace_id"],
            sample.exemplar.value,
            float(sample.exemplar.timestamp),
        )
        for sample in family.samples
        if sample.exemplar is not None
    }
    assert named == {"0.1": ("one", 0.05, 7.0), "2.5": ("two", 2.2, 7.0), "+Inf": ("two", 11.0, 7.0)}
    assert registry.get_sample_value("h_count") == 8


def test_a_histogram_that_is_not_to_names_no_trace() -> None:
    registry = CollectorRegistry()
    token = CURRENT.set({"trace_id": "one"})
    BatchHistogram("h", "Help.", BOUNDS, registry).observe([1.0])
    CURRENT.reset(token)
    assert b"one" not in openmetrics(registry)  # type: ignore[no-untyped-call]
