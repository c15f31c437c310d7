"""A real Kafka with logins, certificates and access control lists."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.system import kafka
from tests.system.kafka import Broker
from tests.system.security.certificates import Authority

HOST = "127.0.0.1"
_LISTENERS = {
    "PLAINTEXT": "PLAINTEXT",
    "LOGIN": "SASL_SSL",
    "MUTUAL": "SSL",
    "EXPIRED": "SSL",
    "CONTROLLER": "PLAINTEXT",
}
"""PLAINTEXT is the administrator's; LOGIN asks for a password, MUTUAL for a certificate; EXPIRED shows an old one."""

Properties = dict[str, str]


class Secured:
    """Where such a Kafka listens, and how to log in.

    Who comes by the listener PLAINTEXT may do everything; the others may do what access control lists allow.
    """

    def __init__(self, admin: Broker, ports: dict[str, int], authority: Authority) -> None:
        self.broker = admin
        self.authority = authority
        self._ports = ports

    def at(self, listener: str, host: str = HOST) -> Broker:
        """Return the same Kafka as clients of ``listener`` see it."""
        return Broker(f"{host}:{self._ports[listener]}")

    def add_user(self, name: str, password: str) -> Properties:
        """Create a user with a password; return the properties of a client that logs in with both."""
        credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
        created = UserScramCredentialUpsertion(name, credential, password.encode())
        (future,) = self.broker.admin.alter_user_scram_credentials([created]).values()
        future.result()
        return self.login(name, password)

    def allow_everything(self, principal: str) -> None:
        """Let a user do everything with every topic, group and transactional id."""
        rules = [
            AclBinding(
                kind, "*", ResourcePatternType.LITERAL, principal, "*", AclOperation.ALL, AclPermissionType.ALLOW
            )
            for kind in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)
        ]
        for created in self.broker.admin.create_acls(rules).values():
            created.result()

    def login(self, name: str, password: str) -> Properties:
        """Return the properties of a client that logs in with a password over TLS."""
        return {
            "security.protocol": "SASL_SSL",
            "ssl.ca.pem": self.authority.certificate,
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": name,
            "sasl.password": password,
        }

    def certificate(self, name: str, *, expired: bool = False) -> Properties:
        """Return the properties of a client that shows a certificate; Kafka knows it as ``User:CN=name``."""
        identity = self.authority.identity(name, expired=expired)
        return {
            "security.protocol": "SSL",
            "ssl.ca.pem": self.authority.certificate,
            "ssl.certificate.pem": identity.certificate,
            "ssl.key.pem": identity.key,
        }


def in_settings(properties: Properties) -> str:
    """Return properties as ``WARBLE_KAFKA__PROPERTIES`` takes them."""
    return json.dumps(properties)


@contextmanager
def started(directory: Path) -> Iterator[Secured]:
    """Run Kafka for the length of the block; its certificates lie in ``directory``."""
    authority = Authority("An authority of this test")
    ports = _free_ports(len(_LISTENERS))
    at = dict(zip(_LISTENERS, ports, strict=True))
    stores = {
        expired: authority.identity("broker", address=HOST, expired=expired).store(directory / f"broker-{expired}.pem")
        for expired in (False, True)
    }
    trusted = directory / "authority.pem"
    trusted.write_text(authority.certificate)
    listeners = ",".join(f"{name}://{HOST}:{port}" for name, port in at.items())
    rules = {
        "listeners": listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in _LISTENERS.items()),
        "controller.quorum.bootstrap.servers": f"{HOST}:{at['CONTROLLER']}",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(stores[False]),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(trusted),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.expired.ssl.keystore.type": "PEM",
        "listener.name.expired.ssl.keystore.location": str(stores[True]),
        "sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.login.scram-sha-256.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    words = [word for name, value in rules.items() for word in ("--set", f"{name}={value}")]
    with kafka.script("--port", str(at["PLAINTEXT"]), *words) as process:
        yield Secured(kafka.ready(process), at, authority)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
