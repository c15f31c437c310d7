"""What librdkafka is told: the guarantee on top of the operator's own."""

import pytest

from stream.kafka.properties import consumer_properties, is_embedded, producer_properties, transactional_id
from stream.settings import KafkaSettings

CONSUMER = {
    "bootstrap.servers": "one:1",
    "group.id": "g",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "isolation.level": "read_committed",
    "auto.offset.reset": "error",
    "partition.assignment.strategy": "cooperative-sticky",
}
PRODUCER = {
    "bootstrap.servers": "one:1",
    "acks": "all",
    "enable.idempotence": True,
    "partitioner": "murmur2_random",
}


def kafka(**properties: str) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers="one:1", group_id="g", instance_id="i", properties=properties)


def unchecked(properties: dict[str, str]) -> KafkaSettings:
    """Settings whose properties went past the check of reserved names."""
    return kafka().model_copy(update={"properties": properties})


def test_a_consumer_reads_what_is_committed_and_commits_what_it_says() -> None:
    assert consumer_properties(kafka(), "g").items() >= CONSUMER.items()


def test_only_a_worker_is_a_static_member() -> None:
    assert "group.instance.id" not in consumer_properties(kafka(), "g")
    assert consumer_properties(kafka(), "g", static_member=True)["group.instance.id"] == "i"


def test_a_reader_may_have_a_group_of_its_own() -> None:
    assert consumer_properties(kafka(), "another")["group.id"] == "another"


def test_dead_members_are_missed_within_ten_seconds() -> None:
    properties = consumer_properties(kafka(), "g")
    assert properties["session.timeout.ms"] == 10_000
    assert properties["heartbeat.interval.ms"] == 2_500


def test_a_producer_is_idempotent_and_partitions_as_java_does() -> None:
    assert producer_properties(kafka()).items() >= PRODUCER.items()


def test_without_transactions_a_record_is_retried_for_ever() -> None:
    properties = producer_properties(kafka())
    assert properties["message.timeout.ms"] == 0
    assert "transactional.id" not in properties
    assert "transaction.timeout.ms" not in properties


def test_a_transaction_has_a_lasting_id_and_a_short_timeout() -> None:
    properties = producer_properties(kafka(), transactional_id="t")
    assert properties["transactional.id"] == "t"
    assert properties["transaction.timeout.ms"] == 10_000
    assert "message.timeout.ms" not in properties


def test_the_first_request_of_a_transaction_does_not_wait_a_whole_backoff() -> None:
    properties = producer_properties(kafka(), transactional_id="t")
    assert (properties["retry.backoff.ms"], properties["retry.backoff.max.ms"], properties["linger.ms"]) == (2, 10, 1)


def test_the_transactional_id_is_that_of_the_instance() -> None:
    assert transactional_id(kafka()) == "warble-g-i"


def test_the_broker_gathers_records_for_as_long_as_is_asked() -> None:
    properties = consumer_properties(kafka(), "g", gather_ms=10.5)
    assert (properties["fetch.wait.max.ms"], properties["fetch.min.bytes"]) == (10, 1_000_000)


@pytest.mark.parametrize("gather_ms", [0, 0.9])
def test_a_broker_that_is_to_gather_nothing_hands_over_what_is_there(gather_ms: float) -> None:
    assert "fetch.min.bytes" not in consumer_properties(kafka(), "g", gather_ms=gather_ms)


@pytest.mark.parametrize("name", ["fetch.wait.max.ms", "fetch.min.bytes"])
def test_who_tunes_fetching_tunes_all_of_it(name: str) -> None:
    properties = consumer_properties(kafka(**{name: "77"}), "g", gather_ms=10)
    assert properties[name] == "77"
    assert properties.get("fetch.min.bytes") in {None, "77"}
    assert properties["fetch.wait.max.ms"] in {100, "77"}


@pytest.mark.parametrize("name", ["linger.ms", "session.timeout.ms", "security.protocol", "fetch.wait.max.ms"])
def test_the_operators_tuning_wins(name: str) -> None:
    assert consumer_properties(kafka(**{name: "77"}), "g")[name] == "77"
    assert producer_properties(kafka(**{name: "77"}), transactional_id="t")[name] == "77"


def test_the_operators_transaction_timeout_wins() -> None:
    properties = producer_properties(kafka(**{"transaction.timeout.ms": "5000"}), transactional_id="t")
    assert properties["transaction.timeout.ms"] == "5000"


def test_the_guarantee_wins_over_whatever_slipped_through() -> None:
    bad = unchecked({**dict.fromkeys(CONSUMER, "x"), **dict.fromkeys(PRODUCER, "x"), "transactional.id": "x"})
    assert consumer_properties(bad, "g").items() >= CONSUMER.items()
    assert producer_properties(bad, transactional_id="t").items() >= {**PRODUCER, "transactional.id": "t"}.items()


def test_records_that_travel_together_fit_into_the_smallest_topic() -> None:
    properties = producer_properties(kafka(), limits=[50_000, 3_000_000])
    assert int(properties["batch.size"]) < 50_000
    assert int(properties["message.max.bytes"]) >= 3_000_000


@pytest.mark.parametrize("limits", [[1], [2_000_000_000], [1, 2_000_000_000]])
def test_odd_limits_stay_within_what_librdkafka_takes(limits: list[int]) -> None:
    properties = producer_properties(kafka(), limits=limits)
    assert 1 <= int(properties["batch.size"]) <= 2_147_483_647
    assert 1_000 <= int(properties["message.max.bytes"]) <= 1_000_000_000


def test_unknown_limits_change_nothing() -> None:
    assert "batch.size" not in producer_properties(kafka())


@pytest.mark.parametrize(
    ("cluster", "embedded"), [("mockClusterabc", True), ("5L6g3nShT-eMCtK--X86sw", False), ("", False), (None, False)]
)
def test_the_embedded_broker_is_known_by_its_cluster_id(cluster: str | None, *, embedded: bool) -> None:
    assert is_embedded(cluster) is embedded
