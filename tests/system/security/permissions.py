"""The permissions that the documents list, created as they stand there."""

import argparse
import re
import shlex
from pathlib import Path
from typing import NamedTuple

from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from tests.system.kafka import Broker
from tests.system.workers import Stream

_DOCUMENT = Path(__file__).parents[3] / "docs" / "kafka-security.md"
_COMMAND = re.compile(r"^allow User:(?P<user>\w+) (?P<rest>.+)$", re.MULTILINE)
_OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}
_KINDS = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}


class Permission(NamedTuple):
    """One line of the documents: what a user may do."""

    kind: str
    name: str
    """As in the documents: with the names that are the defaults."""
    operation: str
    prefixed: bool

    def __str__(self) -> str:
        return f"{self.operation} {self.kind} {self.name}"

    def on(self, stream: Stream) -> str:
        """Return the name of the resource that plays this part in a test's stream."""
        if self.kind == "topic":
            topics = {"tweets": stream.input, "tweets.labelled": stream.output, "tweets.dead": stream.dead}
            return topics[self.name]
        prefix = "warble-" if self.kind == "transactional_id" else ""
        assert self.name.startswith(f"{prefix}warble")
        return self.name.replace(f"{prefix}warble", f"{prefix}{stream.group}", 1)

    def grant(self, broker: Broker, principal: str, stream: Stream) -> None:
        """Give it to a user, on a test's own resources."""
        pattern = ResourcePatternType.PREFIXED if self.prefixed else ResourcePatternType.LITERAL
        operation = _OPERATIONS[self.operation]
        binding = AclBinding(
            _KINDS[self.kind], self.on(stream), pattern, principal, "*", operation, AclPermissionType.ALLOW
        )
        (created,) = broker.admin.create_acls([binding]).values()
        created.result()


def documented(user: str) -> list[Permission]:
    """Return what the documents let a user do, in their order. Fails where a line is not one of kafka-acls."""
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    for kind in _KINDS:
        what.add_argument(f"--{kind.replace('_', '-')}")
    parser.add_argument("--operation", choices=_OPERATIONS, required=True)
    parser.add_argument("--resource-pattern-type", choices=["literal", "prefixed"], default="literal")
    found = []
    for command in _COMMAND.finditer(_DOCUMENT.read_text("utf-8")):
        line = parser.parse_args(shlex.split(command["rest"]))
        ((kind, name),) = [(kind, value) for kind in _KINDS if (value := getattr(line, kind)) is not None]
        if command["user"] == user:
            found.append(Permission(kind, name, line.operation, line.resource_pattern_type == "prefixed"))
    assert found, f"{_DOCUMENT.name} lists nothing for {user}"
    return found
