"""The closed list of metrics: names, labels, help."""

import pytest
from prometheus_client.exposition import generate_latest as prometheus
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from stream.messages.reasons import Reason
from stream.metrics import DISCARD_CAUSES, REBALANCE_EVENTS, STAGES, Metrics

CONTRACT = {
    "warble_tweets_received_total": set[str](),
    "warble_tweets_labelled_total": {"task", "model", "label"},
    "warble_tweets_dead_total": {"reason"},
    "warble_lag_records": {"topic", "partition"},
}
OURS = {
    "warble_batch_fill_ratio": "histogram",
    "warble_batch_padding_ratio": "histogram",
    "warble_batch_tokens": "histogram",
    "warble_batch_tweets": "histogram",
    "warble_build": "info",
    "warble_dead_letters_truncated": "counter",
    "warble_dead_share_ratio": "gauge",
    "warble_delivery_retries": "counter",
    "warble_drift_jensen_shannon_distance": "gauge",
    "warble_drift_population_stability_index": "gauge",
    "warble_drift_window_tweets": "gauge",
    "warble_lag_records": "gauge",
    "warble_lag_seconds": "gauge",
    "warble_latency_seconds": "histogram",
    "warble_model": "info",
    "warble_model_loaded_timestamp_seconds": "gauge",
    "warble_offset_commits_failed": "counter",
    "warble_log_lines_lost": "counter",
    "warble_prediction_confidence": "histogram",
    "warble_prediction_entropy_ratio": "histogram",
    "warble_producers_replaced": "counter",
    "warble_offsets_out_of_range": "counter",
    "warble_partitions_assigned": "gauge",
    "warble_partitions_stalled": "gauge",
    "warble_rebalances": "counter",
    "warble_records_lost": "counter",
    "warble_reference_class_ratio": "gauge",
    "warble_stage_seconds": "histogram",
    "warble_tokens": "counter",
    "warble_tokens_truncated": "counter",
    "warble_tokens_unknown": "counter",
    "warble_transactions_aborted": "counter",
    "warble_tweets_dead": "counter",
    "warble_tweets_discarded": "counter",
    "warble_tweets_empty": "counter",
    "warble_tweets_labelled": "counter",
    "warble_tweets_received": "counter",
}


@pytest.fixture
def metrics() -> Metrics:
    """Metrics after one tweet of each kind."""
    made = Metrics()
    made.received.inc()
    made.labelled.labels("brands", "tiny@1.0.0", "i can't tell").inc()
    made.lag.labels("tweets", "3").set(7)
    return made


def label_values(metrics: Metrics, sample_name: str, label: str) -> set[str]:
    return {
        sample.labels[label]
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == sample_name
    }


def test_the_list_of_metrics_is_closed(metrics: Metrics) -> None:
    families = {family.name: family.type for family in metrics.registry.collect()}
    assert {name: kind for name, kind in families.items() if name.startswith("warble")} == OURS
    assert all(name.startswith(("warble_", "process_", "python_")) for name in families)


def test_every_metric_says_what_it_counts_and_what_moves_it(metrics: Metrics) -> None:
    for family in metrics.registry.collect():
        if family.name.startswith("warble_"):
            assert family.documentation.endswith("."), family.name
    assert all(entry.moves.endswith(".") and (entry.unit or entry.kind == "info") for entry in metrics.entries)


def test_the_catalogue_has_every_metric_as_it_is_scraped(metrics: Metrics) -> None:
    families = [family for family in metrics.registry.collect() if family.name.startswith("warble_")]
    assert [(entry.family, entry.kind, entry.meaning) for entry in metrics.entries] == [
        (family.name, family.type, family.documentation) for family in families
    ]
    labels = {entry.family: entry.labels for entry in metrics.entries}
    for family in families:
        for sample in family.samples:
            assert set(sample.labels) - {"le"} <= set(labels[family.name]), sample


def test_a_metric_s_name_ends_in_its_base_unit(metrics: Metrics) -> None:
    units = {entry.name: entry.unit for entry in metrics.entries}
    assert all(unit.startswith("seconds") for name, unit in units.items() if name.endswith("_seconds"))
    assert all(unit == "0 to 1" for name, unit in units.items() if name.endswith("_ratio"))
    assert all(name.endswith("_seconds") for name, unit in units.items() if unit.startswith("seconds"))


def test_the_contracts_names_are_in_both_formats(metrics: Metrics) -> None:
    for families in (
        parse_prometheus(prometheus(metrics.registry).decode()),
        parse_openmetrics(openmetrics(metrics.registry).decode()),  # type: ignore[no-untyped-call]
    ):
        found = {sample.name: set(sample.labels) for family in families for sample in family.samples}
        assert {name: found[name] for name in CONTRACT} == CONTRACT


def test_every_reason_counts_from_zero(metrics: Metrics) -> None:
    assert label_values(metrics, "warble_tweets_dead_total", "reason") == {reason.value for reason in Reason}
    assert metrics.registry.get_sample_value("warble_tweets_dead_total", {"reason": "tombstone"}) == 0


def test_every_stage_event_and_cause_is_there_from_the_start(metrics: Metrics) -> None:
    assert label_values(metrics, "warble_stage_seconds_count", "stage") == set(STAGES)
    assert label_values(metrics, "warble_rebalances_total", "event") == set(REBALANCE_EVENTS)
    assert label_values(metrics, "warble_tweets_discarded_total", "cause") == set(DISCARD_CAUSES)


def test_the_lag_of_a_lost_partition_is_forgotten(metrics: Metrics) -> None:
    metrics.lag.labels("tweets", "4").set(1)
    for partition in ("3", "4"):
        metrics.lag_seconds.labels("tweets", partition).set(1)
    metrics.forget_partition("tweets", 3)
    metrics.forget_partition("tweets", 3)
    assert label_values(metrics, "warble_lag_records", "partition") == {"4"}
    assert label_values(metrics, "warble_lag_seconds", "partition") == {"4"}


def test_two_workers_of_one_process_do_not_share_metrics(metrics: Metrics) -> None:
    assert Metrics().registry.get_sample_value("warble_tweets_received_total") == 0
    assert metrics.registry.get_sample_value("warble_tweets_received_total") == 1
