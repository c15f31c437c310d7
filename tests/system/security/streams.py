"""Streams whose worker logs in, with an administrator who does not have to."""

import json
from pathlib import Path

from tests.system.commands import Ended, warble
from tests.system.kafka import Record
from tests.system.security.secured import Properties, Secured, in_settings
from tests.system.workers import Stream

CONNECT_TIMEOUT_S = 15
"""More than a refusal takes on a busy machine; what takes that long is no refusal."""


class SecuredStream(Stream):
    """Three topics of their own on a Kafka with logins: what the test itself does, the administrator does."""

    def __init__(self, secured: Secured, bundle: Path, listener: str, properties: Properties, **settings: str) -> None:
        at_listener = {
            "KAFKA__BOOTSTRAP_SERVERS": secured.at(listener).bootstrap,
            "KAFKA__PROPERTIES": in_settings(properties),
            "KAFKA__CONNECT_TIMEOUT_S": str(CONNECT_TIMEOUT_S),
        }
        super().__init__(secured.broker, secured.broker.fresh_topics(), bundle, **at_listener | settings)

    def produce_broken(self, count: int) -> None:
        """Send records that will be dead letters."""
        self.broker.produce(self.input, (Record(b"broken", f"{{{number}".encode()) for number in range(count)))

    def run(self, *arguments: str, stdin: bytes = b"") -> Ended:
        """Run a command of ``warble`` as the stream's user."""
        return warble(*arguments, env=self.env(), stdin=stdin)

    def refusal(self, *arguments: str, code: int = 4, **settings: str) -> str:
        """Run a command that must end by itself; return its one line that is no log entry.

        Fails the test where the exit code is another, or where anything that it says holds a secret.
        """
        ended = warble(*arguments, env=self.env(**settings), stdin=b"I love my ipad\n")  # only produce reads it
        assert ended.code == code, ended.err
        (line,) = [line for line in ended.err.splitlines() if not line.startswith("{")]
        assert line.startswith("warble: error: ")
        for name, value in json.loads(self.env(**settings)["WARBLE_KAFKA__PROPERTIES"]).items():
            if name in ("sasl.password", "ssl.key.pem", "sasl.jaas.config"):
                for part in value.splitlines():
                    assert part not in ended.err + ended.out
        return line
