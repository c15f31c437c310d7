"""One run of ``warble tail``."""

import sys
from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Message, TopicPartition
from rich.console import Console

from stream import reading
from stream.messages.place import Place
from stream.settings import Settings
from stream.tailing.lines import json_line, terminal_line

Write = Callable[[list[Message]], None]


def tail(settings: Settings, *, from_beginning: bool, most: int | None) -> None:
    """Write the results of the output topic to standard output until ``most`` are written (None: for ever).

    Partitions are assigned by hand and nothing is committed: no group sees this reader.
    Raises BrokerError; KeyboardInterrupt ends it.
    """
    topic = settings.kafka.output_topic
    console = Console()
    write: Write = _Terminal(console) if console.is_terminal else _write_json
    left = most
    with reading.opened(settings.kafka, f"{settings.kafka.group_id}-tail", [topic]) as consumer:
        offset = OFFSET_BEGINNING if from_beginning else OFFSET_END
        consumer.assign([TopicPartition(topic, partition, offset) for partition in reading.ends(consumer, topic)])
        if console.is_terminal:
            Console(stderr=True).print(
                f"results of topic {topic} at {settings.kafka.bootstrap_servers}; Ctrl-C ends", style="dim"
            )
        for messages in reading.follow(consumer):
            if left is not None:
                messages = messages[:left]  # noqa: PLW2901 -- no more than asked for
                left -= len(messages)
            if messages:
                write(messages)
            if left == 0:
                return


class _Terminal:
    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, messages: list[Message]) -> None:
        for message in messages:
            line = terminal_line(message)
            if line is None:
                _complain(message)
            else:
                self._console.print(line)


def _write_json(messages: list[Message]) -> None:
    for message in messages:
        line = json_line(message.value())
        if line is None:
            _complain(message)
        else:
            sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _complain(message: Message) -> None:
    sys.stderr.write(f"warble: no result, passed over: {Place.of(message)}\n")
