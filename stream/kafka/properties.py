"""librdkafka properties of our consumers and producers: the operator's first, the guarantee's on top."""

from collections.abc import Iterable

from stream.settings import KafkaSettings

Properties = dict[str, str | int | float | bool]

TRANSACTION_TIMEOUT_MS = 10_000
"""How long the broker keeps a dead worker's open transaction, which readers wait for."""
SESSION_TIMEOUT_MS = 10_000
"""How long the group waits for a worker that died before its partitions move."""

_INFO = 6
"""Of syslog, librdkafka's default."""
_BATCH_BYTES = 1_000_000
"""librdkafka's own default of ``batch.size`` and ``message.max.bytes``."""
_GATHERED_BYTES = 1_000_000
"""What the broker hands over at once without waiting for more: thousands of tweets."""
_MOST_BYTES = 1_000_000_000
_BATCH_OVERHEAD = 512
"""Left free for what is counted beside the records."""


def is_embedded(cluster_id: str | None) -> bool:
    """Tell librdkafka's own mock cluster (the embedded broker) from a real one by its cluster id."""
    return cluster_id is not None and cluster_id.startswith("mockCluster")


def client_properties(kafka: KafkaSettings) -> Properties:
    """Return the properties of a client that only asks: where the brokers are, and how to log in."""
    return {**kafka.properties, "bootstrap.servers": kafka.bootstrap_servers}


def consumer_properties(
    kafka: KafkaSettings, group_id: str, *, static_member: bool = False, gather_ms: float = 0
) -> Properties:
    """Return the properties of a consumer that commits only what it says and reads only what is committed.

    With ``static_member`` the instance id of the settings makes the member static: it is back under its
    partitions within a second of a restart, and an older live worker of the same name is fenced. An offset
    out of range comes back as an error (``auto.offset.reset=error``), so that the caller can count it.
    """
    properties: Properties = {
        "fetch.queue.backoff.ms": 5,
        "fetch.wait.max.ms": 100,
        "queued.max.messages.kbytes": 16_384,
        "reconnect.backoff.max.ms": 1_000,
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": SESSION_TIMEOUT_MS // 4,
        **kafka.properties,
        "bootstrap.servers": kafka.bootstrap_servers,
        "group.id": group_id,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "partition.assignment.strategy": "cooperative-sticky",
    }
    if static_member:
        properties["group.instance.id"] = kafka.instance_id
    if gather_ms >= 1 and not {"fetch.wait.max.ms", "fetch.min.bytes"} & kafka.properties.keys():
        properties |= {"fetch.wait.max.ms": int(gather_ms), "fetch.min.bytes": _GATHERED_BYTES}
    return properties


def producer_properties(
    kafka: KafkaSettings, *, transactional_id: str | None = None, limits: Iterable[int] = (), singly: bool = False
) -> Properties:
    """Return the properties of an idempotent producer, transactional where an id is given.

    limits: ``max.message.bytes`` of the topics, if known. Records that travel together stay below the smallest, so
    that a topic refuses only a record that is too large by itself; a single one may be as large as the largest takes.

    singly: send no two records together, so that what a topic refuses is too large by itself whatever its limit.

    Without transactions a record is retried for as long as it takes (``message.timeout.ms=0``): the caller bounds
    the wait. The client's log must tell of connections that break down (:mod:`stream.kafka.late`). The retry backoff
    is far below librdkafka's 100 ms because the first request of a transaction often meets the markers of the one
    before and would wait a whole backoff.
    """
    properties: Properties = {
        "linger.ms": 1,
        "retry.backoff.ms": 2,
        "retry.backoff.max.ms": 10,
        "reconnect.backoff.max.ms": 1_000,
    }
    known = list(limits)
    if known:
        properties["batch.size"] = max(1, min(_BATCH_BYTES, min(known) - _BATCH_OVERHEAD))
        properties["message.max.bytes"] = min(_MOST_BYTES, max(_BATCH_BYTES, *known) + _BATCH_OVERHEAD)
    properties |= {
        **kafka.properties,
        "bootstrap.servers": kafka.bootstrap_servers,
        "acks": "all",
        "enable.idempotence": True,
        "log_level": _at_least(_INFO, kafka.properties.get("log_level", _INFO)),
        "log.connection.close": True,
        "partitioner": "murmur2_random",
    }
    if singly:
        properties["batch.num.messages"] = 1
    if transactional_id is None:
        properties["message.timeout.ms"] = 0
    else:
        properties["transactional.id"] = transactional_id
        properties.setdefault("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)
    return properties


def _at_least(least: int, value: str | float) -> str | float:
    try:
        return max(least, int(value))
    except ValueError:
        return value  # the client refuses it, with its name


def transaction_timeout_s(kafka: KafkaSettings) -> float:
    """Return the seconds after which the coordinator aborts an open transaction and fences whoever had it."""
    return float(kafka.properties.get("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS)) / 1000


def heartbeat_s(kafka: KafkaSettings) -> float:
    """Return the seconds between two heartbeats, whose answers tell a member that it is fenced."""
    return float(kafka.properties.get("heartbeat.interval.ms", SESSION_TIMEOUT_MS // 4)) / 1000


def session_timeout_s(kafka: KafkaSettings) -> float:
    """Return the seconds after which the group gives up a member that it does not hear."""
    return float(kafka.properties.get("session.timeout.ms", SESSION_TIMEOUT_MS)) / 1000


def transactional_id(kafka: KafkaSettings) -> str:
    """Return the worker's lasting transactional id: a restarted worker fences what its last life left open."""
    return f"warble-{kafka.group_id}-{kafka.instance_id}"
