"""Collect records until the batch is full or its first tweet has waited long enough."""

from collections.abc import Callable, Sequence

from confluent_kafka import Message

from model.preprocessing.encoder import EncodedTexts
from stream.messages.decode import DecodedValues, Rejection
from stream.settings import BatchSettings
from stream.tracing.trace import Trace

_MAX_BYTES = 16 * 1024 * 1024
"""A batch is also full at this size of its keys, values and headers, so that huge records do not fill the memory.

Two kilobytes a tweet at the default of ``max_tweets``, several times what a tweet takes: only unusual records meet it.
"""


class Batch:
    """Records of one batch as columns, in the order they were polled.

    trace: set once the batch is begun, if it is traced.
    """

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.records: list[Message] = []
        self.ids: list[str | None] = []
        self.texts: list[str] = []
        self.rejected: dict[int, Rejection] = {}
        self.bytes = 0
        self._parts: list[EncodedTexts] = []
        self.trace: Trace | None = None

    def __len__(self) -> int:
        return len(self.records)

    @property
    def encoded(self) -> EncodedTexts:
        """The tweets' ids and counts, all 0 for those in ``rejected``."""
        if len(self._parts) != 1:
            self._parts = [EncodedTexts.joined(self._parts)]
        return self._parts[0]

    def add(self, records: Sequence[Message], decoded: DecodedValues, encoded: EncodedTexts) -> None:
        """Append records with what they decoded and encoded to, rows aligned."""
        if not len(records) == len(decoded.ids) == len(decoded.texts) == len(encoded.rows):
            raise ValueError("a batch takes columns of one length only")
        first = len(self.records)
        self.rejected.update((first + row, rejection) for row, rejection in decoded.rejected.items())
        self.records += records
        self.ids += decoded.ids
        self.texts += decoded.texts
        self._parts.append(encoded)
        self.bytes += sum(map(_size, records))

    def without(self, partitions: set[int]) -> "Batch":
        """Return this batch less the records of ``partitions``."""
        kept = [row for row, record in enumerate(self.records) if record.partition() not in partitions]
        batch = Batch(self.started_at)
        batch.add(
            [self.records[row] for row in kept],
            DecodedValues(
                [self.ids[row] for row in kept],
                [self.texts[row] for row in kept],
                {place: self.rejected[row] for place, row in enumerate(kept) if row in self.rejected},
            ),
            self.encoded.at(kept),
        )
        return batch


def _size(record: Message) -> int:
    headers = record.headers()
    size = len(record) + len(record.key() or b"")
    if headers:
        assert not isinstance(headers, dict)  # noqa: S101 -- a received record's headers are a list
        size += sum(len(name) + len(value or b"") for name, value in headers)
    return size


class Batcher:
    """Holds the batch that is being filled, and what was read ahead for the next one.

    clock: seconds that only grow, such as ``time.monotonic``.
    """

    def __init__(self, settings: BatchSettings, clock: Callable[[], float]) -> None:
        self._max_tweets = settings.max_tweets
        self._max_wait_s = settings.max_wait_ms / 1000
        self._clock = clock
        self._batch: Batch | None = None
        self._ahead: list[Message] = []

    @property
    def room(self) -> int:
        """How many more records this batch takes."""
        if self._batch is None:
            return self._max_tweets
        return 0 if self._batch.bytes >= _MAX_BYTES else self._max_tweets - len(self._batch)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits, nor was read ahead."""
        return self._batch is None and not self._ahead

    @property
    def has_ahead(self) -> bool:
        """Whether records were read ahead and are not in a batch yet."""
        return bool(self._ahead)

    def put_ahead(self, records: Sequence[Message]) -> None:
        """Keep records for the batch after this one, behind what is kept already."""
        self._ahead += records

    def take_ahead(self) -> list[Message]:
        """Hand over what has room in the batch by now, to be decoded and added."""
        room = max(0, self.room)
        taken, self._ahead = self._ahead[:room], self._ahead[room:]
        return taken

    def add(self, records: Sequence[Message], decoded: DecodedValues, encoded: EncodedTexts) -> None:
        """Append records with what they decoded and encoded to, rows aligned."""
        if not records:
            return
        if self._batch is None:
            self._batch = Batch(self._clock())
        self._batch.add(records, decoded, encoded)

    def wait_s(self) -> float | None:
        """Return the seconds until the batch must leave: 0 when it is due, None when there is none."""
        if self._batch is None:
            return None
        if self.room <= 0:
            return 0.0
        return max(0.0, self._batch.started_at + self._max_wait_s - self._clock())

    def take(self) -> Batch:
        """Hand over the batch, full or not, and start anew. Raises ValueError when there is none."""
        if self._batch is None:
            raise ValueError("there is no batch to take")
        batch, self._batch = self._batch, None
        return batch

    def discard(self, partitions: set[int] | None = None) -> int:
        """Drop the records of ``partitions`` (of all when None), to be read again; return how many."""
        ahead = len(self._ahead)
        self._ahead = [] if partitions is None else [one for one in self._ahead if one.partition() not in partitions]
        return ahead - len(self._ahead) + self._discard_batched(partitions)

    def _discard_batched(self, partitions: set[int] | None) -> int:
        if self._batch is None:
            return 0
        before = len(self._batch)
        kept = Batch(self._batch.started_at) if partitions is None else self._batch.without(partitions)
        self._batch = kept if len(kept) else None
        return before - len(kept)
