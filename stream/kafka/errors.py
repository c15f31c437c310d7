"""Which of the broker's answers end the process, and in what words."""

from confluent_kafka import KafkaError, KafkaException

from stream.errors import BrokerError, FencedError, FencedMemberError, LostTransactionError

_DENIED = "permission denied"
_ACLS = "docs/kafka-security.md lists all"
_FENCED = "fenced by another live worker"
_NAMES = "give each worker its own WARBLE_KAFKA__INSTANCE_ID"

_ANSWERS = (
    (
        {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED},  # noqa: SLF001 -- the library's public names
        "the broker refused the login",
        "check sasl.mechanism, sasl.username and sasl.password in WARBLE_KAFKA__PROPERTIES",
    ),
    (
        {KafkaError._SSL},  # noqa: SLF001
        "no trusted connection to the broker",
        (
            "check that ssl.ca.location in WARBLE_KAFKA__PROPERTIES has the authority which signed the broker's "
            "certificate, and that this certificate is in date and names the host in WARBLE_KAFKA__BOOTSTRAP_SERVERS"
        ),
    ),
    (
        {KafkaError.TOPIC_AUTHORIZATION_FAILED},
        _DENIED,
        (
            "allow this user Read on the topics that it reads (a worker: the input topic) and Write on those that it "
            f"writes (a worker: the output and the dead-letter topic); {_ACLS}"
        ),
    ),
    (
        {KafkaError.GROUP_AUTHORIZATION_FAILED},
        _DENIED,
        f"allow this user Read on the consumer group, which WARBLE_KAFKA__GROUP_ID names; {_ACLS}",
    ),
    (
        {KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED},
        _DENIED,
        (
            "allow this user Write on the transactional id (a worker: warble-GROUP-INSTANCE, with "
            f"WARBLE_KAFKA__GROUP_ID and WARBLE_KAFKA__INSTANCE_ID); {_ACLS}"
        ),
    ),
    (
        {KafkaError.CLUSTER_AUTHORIZATION_FAILED},
        _DENIED,
        f"allow this user IdempotentWrite on the cluster; {_ACLS}",
    ),
    (
        {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION},  # noqa: SLF001
        "a topic is missing",
        "create it, Warble creates no topics",
    ),
    (
        {KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID, KafkaError.PRODUCER_FENCED},  # noqa: SLF001
        _FENCED,
        _NAMES,
    ),
    (
        {
            KafkaError.GROUP_MAX_SIZE_REACHED,
            KafkaError.INCONSISTENT_GROUP_PROTOCOL,
            KafkaError.INVALID_GROUP_ID,
            KafkaError.INVALID_SESSION_TIMEOUT,
        },
        "the consumer group refused this member",
        "give it a group of its own (WARBLE_KAFKA__GROUP_ID), or correct WARBLE_KAFKA__PROPERTIES",
    ),
    (
        {KafkaError.INVALID_TRANSACTION_TIMEOUT},
        "the broker refused transaction.timeout.ms",
        "lower it in WARBLE_KAFKA__PROPERTIES, or raise the broker's transaction.max.timeout.ms",
    ),
    (
        {KafkaError.INVALID_RECORD, KafkaError.INVALID_TIMESTAMP, KafkaError.POLICY_VIOLATION},
        "the broker refused a record",
        "see the broker's log and the topic's settings",
    ),
)
"""Error codes, what they mean and what to do."""

_PRODUCER_FENCED = {KafkaError._FENCED, KafkaError.PRODUCER_FENCED}  # noqa: SLF001

_MEMBER_FENCED = "group.instance.id"
"""What the words for a fenced static member name. Its consumer says so with the code _FATAL while fatal() is False."""

_TLS_ALERT = "SSL alert number"
"""How OpenSSL reports what the broker thinks of our certificate. With TLS 1.3 it comes behind the handshake, so that
librdkafka takes it for a lost connection."""


def kafka_error(exception: KafkaException) -> KafkaError:
    """Return the error inside an exception of confluent-kafka."""
    error = exception.args[0]
    assert isinstance(error, KafkaError)  # noqa: S101 -- the library promises it
    return error


def refusal(error: KafkaError, doing: str) -> BrokerError:
    """Return what to raise for an error that nothing else answers."""
    return final(error, doing) or BrokerError(f"the broker refused {doing}: {in_words(error)}: see the broker's log")


def final(error: KafkaError, doing: str) -> BrokerError | None:
    """Return what to raise when ``error`` cannot heal by itself; None for one that is worth another try.

    ``doing`` says what was being done, as in "while committing a transaction".
    """
    code = error.code()
    if code == KafkaError._TRANSPORT and _TLS_ALERT in error.str():  # noqa: SLF001
        return BrokerError(
            f"the broker refused this client's certificate {doing}: {in_words(error)}: check that "
            "ssl.certificate.location and ssl.key.location are in WARBLE_KAFKA__PROPERTIES, and that the certificate "
            "is in date and signed by an authority which the broker trusts"
        )
    for codes, what, advice in _ANSWERS:
        if code in codes:
            return _kind(code)(f"{what} {doing}: {in_words(error)}: {advice}")
    if code == KafkaError._FATAL and _MEMBER_FENCED in error.str():  # noqa: SLF001
        return FencedMemberError(f"{_FENCED} {doing}: {in_words(error)}: {_NAMES}")
    if error.fatal() or code == KafkaError._FATAL:  # noqa: SLF001
        return _kind(code)(f"fatal error of the Kafka client {doing}: {in_words(error)}: start it again")
    return None


def _kind(code: int) -> type[BrokerError]:
    if code in _PRODUCER_FENCED:
        return FencedError
    if code == KafkaError.FENCED_INSTANCE_ID:
        return FencedMemberError
    return LostTransactionError if code == KafkaError.INVALID_TXN_STATE else BrokerError


def in_words(error: KafkaError) -> str:
    """Return what the client says of an error, and its name."""
    return f"{error.str()} ({error.name()})"
