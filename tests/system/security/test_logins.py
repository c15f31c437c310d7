"""Logging in to a real Kafka by password and by certificate, and what a refusal says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.security.certificates import Authority
from tests.system.security.secured import Properties, Secured
from tests.system.security.streams import SecuredStream
from tests.system.workers import numbered

pytestmark = pytest.mark.kafka

LOGIN = "the broker refused the login"
SERVER = "no trusted connection to the broker"
CLIENT = "the broker refused this client's certificate"
NOBODY = "no broker answered"
REFUSED = "the Kafka client refused its properties"

TWEETS = 200


def without_certificate(properties: Properties) -> Properties:
    return {name: properties[name] for name in ("security.protocol", "ssl.ca.pem")}


def login(secured: Secured) -> Properties:
    return secured.login("nobody", "hush-hush")


def of_another_authority(secured: Secured) -> Properties:
    identity = Authority("Another authority").identity("nobody")
    return secured.certificate("nobody") | {"ssl.certificate.pem": identity.certificate, "ssl.key.pem": identity.key}


WRONG: dict[str, tuple[str, Callable[[Secured], Properties], str, str]] = {
    "wrong-password": ("LOGIN", lambda kafka: kafka.add_user("known", "right") | {"sasl.password": "hush"}, LOGIN, ""),
    "unknown-user": ("LOGIN", login, LOGIN, "sasl.username"),
    "unknown-mechanism": ("LOGIN", lambda kafka: login(kafka) | {"sasl.mechanism": "PLAIN"}, LOGIN, "sasl.mechanism"),
    "broker-of-unknown-authority": (
        "LOGIN",
        lambda kafka: login(kafka) | {"ssl.ca.pem": Authority("Another authority").certificate},
        SERVER,
        "ssl.ca.location",
    ),
    "broker-with-expired-certificate": (
        "EXPIRED",
        lambda kafka: without_certificate(kafka.certificate("nobody")),
        SERVER,
        "in date",
    ),
    "no-certificate": (
        "MUTUAL",
        lambda kafka: without_certificate(kafka.certificate("nobody")),
        CLIENT,
        "ssl.certificate.location",
    ),
    "expired-certificate": ("MUTUAL", lambda kafka: kafka.certificate("nobody", expired=True), CLIENT, "in date"),
    "certificate-of-another-authority": ("MUTUAL", of_another_authority, CLIENT, "which the broker trusts"),
}
"""Listener, properties, what the line begins with, and what it says to look at."""
QUICK = ("wrong-password", "no-certificate")


@pytest.mark.parametrize("how", ["LOGIN", pytest.param("MUTUAL", marks=pytest.mark.slow)])
def test_who_logs_in_has_every_tweet_labelled_exactly_once(secured: Secured, bundle: Path, how: str) -> None:
    if how == "LOGIN":
        properties, principal = secured.add_user("labeller", "hush-hush"), "User:labeller"
    else:
        properties, principal = secured.certificate("labeller"), "User:CN=labeller"
    secured.allow_everything(principal)
    stream = SecuredStream(secured, bundle, how, properties)
    stream.produce(numbered(TWEETS))

    stream.label_all()

    stream.assert_each_once()
    assert len(stream.results()) == TWEETS


@pytest.mark.parametrize(
    "wrong", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in WRONG]
)
def test_a_login_that_fails_ends_with_4_and_one_line(secured: Secured, bundle: Path, wrong: str) -> None:
    listener, properties, begins, advice = WRONG[wrong]
    line = SecuredStream(secured, bundle, listener, properties(secured)).refusal("worker")
    assert line.startswith(f"warble: error: {begins} while asking for topic ")
    assert "WARBLE_KAFKA__PROPERTIES" in line
    assert advice in line


@pytest.mark.slow
def test_a_certificate_for_another_host_is_not_trusted(secured: Secured, bundle: Path) -> None:
    # Its certificate names the address alone; the name resolves to the same.
    stream = SecuredStream(secured, bundle, "LOGIN", login(secured) | {"broker.address.family": "v4"})
    line = stream.refusal("worker", KAFKA__BOOTSTRAP_SERVERS=secured.at("LOGIN", "localhost").bootstrap)
    assert SERVER in line
    assert "names the host in WARBLE_KAFKA__BOOTSTRAP_SERVERS" in line


@pytest.mark.slow
@pytest.mark.parametrize(("listener", "encrypted"), [("LOGIN", False), ("PLAINTEXT", True)])
def test_tls_on_one_side_only_is_told_after_the_connect_timeout(
    secured: Secured, bundle: Path, listener: str, *, encrypted: bool
) -> None:
    properties = without_certificate(secured.certificate("nobody")) if encrypted else {}
    line = SecuredStream(secured, bundle, listener, properties).refusal("worker", KAFKA__CONNECT_TIMEOUT_S="1")
    assert NOBODY in line
    assert "security.protocol in WARBLE_KAFKA__PROPERTIES" in line


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"ssl.ca.location": "/no/such/authority.pem", "ssl.ca.pem": ""},
        {"ssl.key.pem": Authority("x").identity("x").key},
        {"ssl.key.pem": "hush-hush"},
        {"sasl.jaas.config": 'ScramLoginModule required username="u" password="hush-hush";'},
    ],
    ids=["missing-file", "key-of-another-certificate", "no-key", "property-of-java"],
)
def test_properties_that_cannot_be_end_with_2(secured: Secured, bundle: Path, change: Properties) -> None:
    properties = {name: value for name, value in (secured.certificate("nobody") | change).items() if value}
    line = SecuredStream(secured, bundle, "MUTUAL", properties).refusal("worker", code=2)
    assert REFUSED in line
    assert "hush" not in line


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [["produce", "-"], ["tail"], ["dead", "list"], ["dead", "show", "tweets/0/0"], ["dead", "replay"]],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_every_other_command_says_so_too(secured: Secured, bundle: Path, arguments: list[str]) -> None:
    stream = SecuredStream(secured, bundle, "LOGIN", secured.login("nobody", "hush-hush"))
    assert LOGIN in stream.refusal(*arguments)
