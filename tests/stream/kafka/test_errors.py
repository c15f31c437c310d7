"""Which answers of a broker end the process, and in what words."""

import pytest
from confluent_kafka import KafkaError

from stream.kafka.errors import final, kafka_error
from tests.stream.records import kafka_exception

LOGIN, TLS, PERMISSION, TOPIC, FENCED, GROUP, TIMEOUT, REFUSED, FATAL = (
    "the broker refused the login",
    "no trusted connection to the broker",
    "permission denied",
    "a topic is missing",
    "fenced by another live worker",
    "the consumer group refused this member",
    "the broker refused transaction.timeout.ms",
    "the broker refused a record",
    "fatal error of the Kafka client",
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("_AUTHENTICATION", LOGIN),
        ("_SSL", TLS),
        ("SASL_AUTHENTICATION_FAILED", LOGIN),
        ("TOPIC_AUTHORIZATION_FAILED", PERMISSION),
        ("GROUP_AUTHORIZATION_FAILED", PERMISSION),
        ("CLUSTER_AUTHORIZATION_FAILED", PERMISSION),
        ("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", PERMISSION),
        ("UNKNOWN_TOPIC_OR_PART", TOPIC),
        ("_UNKNOWN_TOPIC", TOPIC),
        ("_UNKNOWN_PARTITION", TOPIC),
        ("_FENCED", FENCED),
        ("FENCED_INSTANCE_ID", FENCED),
        ("PRODUCER_FENCED", FENCED),
        ("GROUP_MAX_SIZE_REACHED", GROUP),
        ("INCONSISTENT_GROUP_PROTOCOL", GROUP),
        ("INVALID_GROUP_ID", GROUP),
        ("INVALID_SESSION_TIMEOUT", GROUP),
        ("INVALID_TRANSACTION_TIMEOUT", TIMEOUT),
        ("INVALID_RECORD", REFUSED),
        ("INVALID_TIMESTAMP", REFUSED),
        ("POLICY_VIOLATION", REFUSED),
        ("_FATAL", FATAL),
        ("_TRANSPORT", None),
        ("_ALL_BROKERS_DOWN", None),
        ("_TIMED_OUT", None),
        ("_RESOLVE", None),
        ("_MSG_TIMED_OUT", None),
        ("_MAX_POLL_EXCEEDED", None),
        ("_ASSIGNMENT_LOST", None),
        ("_WAIT_COORD", None),
        ("_STATE", None),
        ("COORDINATOR_NOT_AVAILABLE", None),
        ("COORDINATOR_LOAD_IN_PROGRESS", None),
        ("NOT_COORDINATOR", None),
        ("NOT_LEADER_FOR_PARTITION", None),
        ("LEADER_NOT_AVAILABLE", None),
        ("REBALANCE_IN_PROGRESS", None),
        ("ILLEGAL_GENERATION", None),
        ("UNKNOWN_MEMBER_ID", None),
        ("CONCURRENT_TRANSACTIONS", None),
        ("NOT_ENOUGH_REPLICAS", None),
        ("REQUEST_TIMED_OUT", None),
        ("MSG_SIZE_TOO_LARGE", None),
    ],
)
def test_what_cannot_heal_ends_the_process(name: str, said: str | None) -> None:
    answer = final(KafkaError(getattr(KafkaError, name), "Some reason"), "while testing")
    if said is None:
        assert answer is None
        return
    assert answer is not None
    assert answer.exit_code == 4
    assert str(answer).startswith(f"{said} while testing: Some reason ({name}): ")


def test_a_fatal_error_of_any_code_ends_the_process() -> None:
    answer = final(KafkaError(KafkaError._TIMED_OUT, "x", True, True), "now")  # noqa: FBT003, SLF001 -- the library's signature
    assert answer is not None
    assert str(answer).startswith(FATAL)


def test_fencing_is_told_as_such_even_where_it_is_fatal() -> None:
    answer = final(KafkaError(KafkaError._FENCED, "x", True), "now")  # noqa: FBT003, SLF001
    assert answer is not None
    assert "WARBLE_KAFKA__INSTANCE_ID" in str(answer)


def test_the_error_inside_an_exception_is_found() -> None:
    assert kafka_error(kafka_exception(KafkaError._TRANSPORT)).name() == "_TRANSPORT"  # noqa: SLF001


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        ("TOPIC_AUTHORIZATION_FAILED", ["Read on the topics that it reads", "Write on those that it writes"]),
        ("GROUP_AUTHORIZATION_FAILED", ["Read on the consumer group, which WARBLE_KAFKA__GROUP_ID names"]),
        ("TRANSACTIONAL_ID_AUTHORIZATION_FAILED", ["Write on the transactional id"]),
        ("CLUSTER_AUTHORIZATION_FAILED", ["IdempotentWrite on the cluster"]),
    ],
)
def test_the_missing_permission_is_named(name: str, permissions: list[str]) -> None:
    answer = str(final(KafkaError(getattr(KafkaError, name)), "now"))
    assert "allow this user" in answer
    for permission in permissions:
        assert permission in answer


def test_a_certificate_that_the_broker_refuses_is_told_from_a_lost_connection() -> None:
    alert = "Receive failed: error:0A000412:SSL routines::ssl/tls alert bad certificate: SSL alert number 42"
    answer = final(KafkaError(KafkaError._TRANSPORT, alert), "now")  # noqa: SLF001
    assert answer is not None
    assert str(answer).startswith("the broker refused this client's certificate now: ")
    assert "ssl.certificate.location" in str(answer)
