"""What does not change while the demo runs."""

from typing import NamedTuple


class Facts(NamedTuple):
    """What the demo says about itself."""

    model: str
    """name@version."""
    engine: str
    labels: tuple[str, ...]
    bootstrap: str
    """HOST:PORT of the embedded broker."""
    http: str
    """HOST:PORT of metrics and health."""

    @property
    def broker_note(self) -> str:
        """What must be said of the broker."""
        return f"Embedded broker {self.bootstrap}: at-least-once, forgetful (all in memory)."

    @property
    def own_kafka_note(self) -> str:
        """How to go on from here."""
        return "Your own Kafka: WARBLE_KAFKA__BOOTSTRAP_SERVERS=HOST:PORT warble worker"

    @property
    def http_note(self) -> str:
        """Where metrics and health answer."""
        return f"http://{self.http}/metrics  /livez  /readyz"
