"""Collect records until the batch is full or its first tweet has waited long enough."""

from collections.abc import Callable, Sequence

from confluent_kafka import Message

from model.preprocessing.encoder import Encoded
from stream.messages.decode import Rejection, Tweet
from stream.settings import BatchSettings
from stream.tracing.trace import Trace

_MAX_BYTES = 16 * 1024 * 1024
"""A batch is also full at this size of its keys, values and headers, so that huge records do not fill the memory.

Two kilobytes a tweet at the default of ``max_tweets``, several times what a tweet takes: only unusual records meet it.
"""


_NOTHING = Encoded([], 0, 0)


class Batch:
    """Records of one batch as columns, in the order they were polled.

    token_ids holds an empty list for tweets that never reach the network: empty ones and those in ``rejected``.
    trace: set once the batch is begun, if it is traced.
    unknown: tokens of each tweet that the vocabulary lacks; truncated: by row, how many were cut off, if any.
    """

    __slots__ = (
        "bytes",
        "ids",
        "records",
        "rejected",
        "started_at",
        "texts",
        "token_ids",
        "trace",
        "truncated",
        "unknown",
    )

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.records: list[Message] = []
        self.ids: list[str | None] = []
        self.texts: list[str] = []
        self.token_ids: list[list[int]] = []
        self.unknown: list[int] = []
        self.truncated: dict[int, int] = {}
        self.rejected: dict[int, Rejection] = {}
        self.bytes = 0
        self.trace: Trace | None = None

    def __len__(self) -> int:
        return len(self.records)

    def add(self, record: Message, decoded: Tweet | Rejection, encoded: Encoded | None) -> None:
        """Append one record; ``encoded`` is None exactly for a rejected one."""
        if isinstance(decoded, Rejection):
            self.rejected[len(self.records)] = decoded
            self.ids.append(None)
            self.texts.append("")
        else:
            self.ids.append(decoded.id)
            self.texts.append(decoded.text)
        ids, unknown, truncated = encoded or _NOTHING
        self.token_ids.append(ids)
        self.unknown.append(unknown)
        if truncated:
            self.truncated[len(self.records)] = truncated
        self.records.append(record)
        self.bytes += _size(record)

    def without(self, partitions: set[int]) -> "Batch":
        """Return this batch less the records of ``partitions``."""
        kept = Batch(self.started_at)
        for row, record in enumerate(self.records):
            if record.partition() in partitions:
                continue
            if row in self.rejected:
                kept.rejected[len(kept.records)] = self.rejected[row]
            if row in self.truncated:
                kept.truncated[len(kept.records)] = self.truncated[row]
            kept.records.append(record)
            kept.ids.append(self.ids[row])
            kept.texts.append(self.texts[row])
            kept.token_ids.append(self.token_ids[row])
            kept.unknown.append(self.unknown[row])
            kept.bytes += _size(record)
        return kept


def _size(record: Message) -> int:
    headers = record.headers()
    size = len(record) + len(record.key() or b"")
    if headers:
        assert not isinstance(headers, dict)  # noqa: S101 -- a received record's headers are a list
        size += sum(len(name) + len(value or b"") for name, value in headers)
    return size


class Batcher:
    """Holds the batch that is being filled.

    clock: seconds that only grow, such as ``time.monotonic``.
    """

    def __init__(self, settings: BatchSettings, clock: Callable[[], float]) -> None:
        self._max_tweets = settings.max_tweets
        self._max_wait_s = settings.max_wait_ms / 1000
        self._clock = clock
        self._batch: Batch | None = None

    @property
    def room(self) -> int:
        """How many more records this batch takes."""
        if self._batch is None:
            return self._max_tweets
        return 0 if self._batch.bytes >= _MAX_BYTES else self._max_tweets - len(self._batch)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return self._batch is None

    def add(
        self, records: Sequence[Message], decoded: Sequence[Tweet | Rejection], encoded: Sequence[Encoded | None]
    ) -> None:
        """Append records with what they decoded and encoded to, rows aligned."""
        if not records:
            return
        if self._batch is None:
            self._batch = Batch(self._clock())
        for row in zip(records, decoded, encoded, strict=True):
            self._batch.add(*row)

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
        if self._batch is None:
            return 0
        before = len(self._batch)
        kept = Batch(self._batch.started_at) if partitions is None else self._batch.without(partitions)
        self._batch = kept if len(kept) else None
        return before - len(kept)
