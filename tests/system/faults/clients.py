"""The Kafka client's classes, which know when a step of the worker is reached."""
# ruff: noqa: ANN401 -- they pass on whatever the client takes

from typing import Any, ClassVar

from confluent_kafka import Consumer, KafkaException, Message, Producer

from tests.system.faults.plan import Plan, Step, tell
from tests.system.faults.withheld import answers_withheld

_SOME = 50
"""Results produced when a batch counts as half produced."""


class SteppedConsumer(Consumer):
    """Knows when records arrive, and when offsets are committed."""

    plan: ClassVar[Plan]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._next: dict[int, int] = {}

    def poll(self, *arguments: Any, **named: Any) -> Message | None:
        message = super().poll(*arguments, **named)
        self._note([] if message is None else [message])
        return message

    def consume(self, *arguments: Any, **named: Any) -> list[Message]:
        messages = super().consume(*arguments, **named)
        self._note(messages)
        return messages

    def commit(self, *arguments: Any, **named: Any) -> Any:
        committed = super().commit(*arguments, **named)
        self.plan.at(Step.AFTER_COMMIT)
        return committed

    def close(self) -> None:
        tell(event="handed_out", next=self._next)
        super().close()

    def _note(self, messages: list[Message]) -> None:
        records = [message for message in messages if message.error() is None]
        self._next.update({record.partition() or 0: (record.offset() or 0) + 1 for record in records})
        if records:
            self.plan.at(Step.AFTER_POLL)


class SteppedProducer(Producer):
    """Knows how far a batch is on its way out."""

    plan: ClassVar[Plan]
    _produced = 0

    def begin_transaction(self, *arguments: Any) -> None:
        self.plan.at(Step.BEFORE_BEGIN)
        super().begin_transaction(*arguments)
        self._produced = 0
        self.plan.at(Step.AFTER_BEGIN)

    def produce(self, *arguments: Any, **named: Any) -> None:
        super().produce(*arguments, **named)
        self._produced += 1
        if self._produced == _SOME and self.plan.is_due(Step.HALF_PRODUCED):
            super().flush()
            self.plan.carry_out()

    def flush(self, *arguments: Any) -> int:
        if self._produced and self.plan.is_due(Step.UNACKNOWLEDGED):
            with answers_withheld():
                left = super().flush(*arguments)
                assert left == self._produced
                self.plan.carry_out()
            return left
        left = super().flush(*arguments)
        if left == 0 and self._produced:
            self._produced = 0
            self.plan.at(Step.ACKNOWLEDGED)
        return left

    def send_offsets_to_transaction(self, *arguments: Any) -> None:
        if self.plan.is_due(Step.ACKNOWLEDGED):
            super().flush()
            self.plan.carry_out()
        super().send_offsets_to_transaction(*arguments)
        if self.plan.is_due(Step.OFFSETS_SENT):
            super().flush()  # offsets may overtake results
            self.plan.carry_out()

    def commit_transaction(self, *arguments: Any) -> None:
        if self.plan.is_due(Step.INSIDE_COMMIT):
            super().flush()
            with answers_withheld():
                try:
                    super().commit_transaction(*arguments)
                except KafkaException:  # it did not hear the answer in time
                    self.plan.carry_out()
                    raise
            raise AssertionError("an answer came through")
        super().commit_transaction(*arguments)
        self._produced = 0
        self.plan.at(Step.AFTER_COMMIT)
