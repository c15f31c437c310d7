"""What a worker says to a broker that does not let it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from tests.factories import tiny_bundle
from tests.system import kafka
from tests.system.kafka import Broker
from tests.system.test_start import refused
from tests.system.workers import Stream, numbered

pytestmark = pytest.mark.kafka
ANYBODY = "User:ANONYMOUS"  # whom a listener without login takes everybody for


@pytest.fixture(scope="module")
def guarded() -> Iterator[Broker]:
    """A broker that asks its access control lists, and lets everybody do what none of them speaks of."""
    rules = (
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found=true",
    )
    with kafka.script("--port", "0", *(word for rule in rules for word in ("--set", rule))) as process:
        yield kafka.ready(process)


def deny(broker: Broker, kind: ResourceType, name: str, operation: AclOperation) -> None:
    """Allow everything on one resource but ``operation``."""
    for allowed, what in ((AclPermissionType.ALLOW, AclOperation.ALL), (AclPermissionType.DENY, operation)):
        rule = AclBinding(kind, name, ResourcePatternType.LITERAL, ANYBODY, "*", what, allowed)
        (created,) = broker.admin.create_acls([rule]).values()
        created.result()


@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
@pytest.mark.parametrize(
    ("kind", "name", "operation"),
    [
        (ResourceType.TOPIC, "input", AclOperation.READ),
        (ResourceType.TOPIC, "output", AclOperation.WRITE),
        (ResourceType.TOPIC, "dead", AclOperation.DESCRIBE),
        (ResourceType.GROUP, "group", AclOperation.READ),
    ],
    ids=["read-input", "write-output", "describe-dead-letters", "read-group"],
)
def test_a_missing_permission_ends_with_4(
    guarded: Broker, tmp_path: Path, kind: ResourceType, name: str, operation: AclOperation, mode: str
) -> None:
    stream = Stream(guarded, guarded.fresh_topics(), tiny_bundle(tmp_path / "tiny"), KAFKA__DELIVERY=mode)
    stream.produce(numbered(10))
    deny(guarded, kind, str(getattr(stream, name)), operation)
    code, line = refused(stream)
    assert code == 4
    assert "permission denied" in line


def test_a_missing_right_to_the_transactional_id_ends_with_4(guarded: Broker, tmp_path: Path) -> None:
    stream = Stream(guarded, guarded.fresh_topics(), tiny_bundle(tmp_path / "tiny"))
    deny(guarded, ResourceType.TRANSACTIONAL_ID, f"warble-{stream.group}-one", AclOperation.WRITE)
    code, line = refused(stream)
    assert code == 4
    assert "permission denied" in line


def test_without_the_right_to_ask_for_limits_a_record_too_large_is_still_found(guarded: Broker, tmp_path: Path) -> None:
    source, _, dead = guarded.fresh_topics()
    small = guarded.create_topic(f"small-{source}", max_message_bytes="2000")
    bundle = tiny_bundle(tmp_path / "tiny")
    stream = Stream(guarded, (source, small, dead), bundle, OUTPUT__INCLUDE_TEXT="true")
    deny(guarded, ResourceType.TOPIC, small, AclOperation.DESCRIBE_CONFIGS)
    stream.produce({"big": "love " * 600} | numbered(2_000))

    worker = stream.label_all()

    assert worker.events("topic_limits_unknown")
    stream.assert_each_once()
    assert len(stream.dead_letters()) == 1


def test_a_login_that_the_broker_does_not_know_ends_with_4(guarded: Broker, tmp_path: Path) -> None:
    stream = Stream(guarded, guarded.fresh_topics(), tiny_bundle(tmp_path / "tiny"))
    login = '{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "u", '
    code, line = refused(stream, KAFKA__PROPERTIES=login + '"sasl.password": "hush"}', KAFKA__CONNECT_TIMEOUT_S="5")
    assert code == 4
    assert "hush" not in line
