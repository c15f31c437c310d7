"""Which of the operator's librdkafka properties may be shown: those known to be harmless, and no others.

A list of what is secret would miss the next version's secrets, and every misspelt one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stream.redaction import MASK

_SHOWN: Final = frozenset(
    {
        "api.version.request",
        "broker.address.family",
        "broker.address.ttl",
        "check.crcs",
        "client.dns.lookup",
        "client.id",
        "client.rack",
        "compression.codec",
        "compression.level",
        "compression.type",
        "debug",
        "enable.metrics.push",
        "enable.sasl.oauthbearer.unsecure.jwt",
        "enable.ssl.certificate.verification",
        "log.connection.close",
        "log.thread.name",
        "log_level",
        "metadata.recovery.strategy",
        "queuing.strategy",
        "sasl.kerberos.keytab",
        "sasl.kerberos.principal",
        "sasl.kerberos.service.name",
        "sasl.mechanism",
        "sasl.mechanisms",
        "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.method",
        "sasl.oauthbearer.scope",
        "sasl.username",
        "security.protocol",
        "socket.keepalive.enable",
        "socket.nagle.disable",
        "ssl.ca.certificate.stores",
        "ssl.ca.location",
        "ssl.certificate.location",
        "ssl.cipher.suites",
        "ssl.crl.location",
        "ssl.curves.list",
        "ssl.endpoint.identification.algorithm",
        "ssl.engine.id",
        "ssl.key.location",
        "ssl.keystore.location",
        "ssl.providers",
        "ssl.sigalgs.list",
        "topic.metadata.refresh.sparse",
    }
)
_MEASURE: Final = re.compile(r"[a-z.]+\.(?:bytes|kbytes|messages|ms|size)")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SAYS_NOTHING: Final = re.compile(r".{0,3}|-?[0-9]{1,5}|true|false", re.DOTALL)
_LINE_OF_A_KEY: Final = 16


def is_shown(name: str, value: str) -> bool:
    """Whether a property's value may be shown."""
    return name in _SHOWN or (_MEASURE.fullmatch(name) is not None and _NUMBER.fullmatch(value) is not None)


def masked_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties with asterisks in place of every value that may not be shown."""
    return {name: value if is_shown(name, value) else MASK for name, value in properties.items()}


def secrets_in(properties: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts that must appear nowhere: values that may not be shown, and the long lines within them.

    A number of a few digits and the like are left out: without its property it says nothing, and it is everywhere.
    """
    for name, value in properties.items():
        if not is_shown(name, value) and not _SAYS_NOTHING.fullmatch(value):
            yield value
            yield from (line for line in value.splitlines() if _LINE_OF_A_KEY <= len(line) < len(value))
