"""When a batch leaves, and what it holds."""

from collections.abc import Collection, Sequence

import pytest
from confluent_kafka import Message

from stream import batching
from stream.batching import Batch, Batcher
from stream.messages.decode import DecodedValues, Rejection
from stream.messages.place import position
from stream.messages.reasons import Reason
from stream.settings import BatchSettings
from tests.rows import as_lists, encoded
from tests.stream.clocks import ManualClock
from tests.stream.records import record

REFUSED = Rejection(Reason.NOT_JSON, "no JSON")


def batcher(clock: ManualClock, *, max_tweets: int = 4, max_wait_ms: float = 20) -> Batcher:
    return Batcher(BatchSettings(max_tweets=max_tweets, max_wait_ms=max_wait_ms), clock)


def add(to: Batcher, records: Sequence[Message], refused: Collection[int] = ()) -> None:
    """Add records whose text, id and token say which offset they come from; ``refused`` are offsets."""
    offsets = [position(one)[1] for one in records]
    decoded = DecodedValues(
        [None if offset in refused else f"id{offset}" for offset in offsets],
        ["" if offset in refused else f"text{offset}" for offset in offsets],
        {row: REFUSED for row, offset in enumerate(offsets) if offset in refused},
    )
    to.add(records, decoded, encoded([[] if offset in refused else [offset + 1] for offset in offsets]))


def rows(batch: Batch) -> list[tuple[int | None, str | None, str, list[int], bool]]:
    ids = as_lists(batch.encoded.rows)
    return [
        (one.offset(), batch.ids[row], batch.texts[row], ids[row], row in batch.rejected)
        for row, one in enumerate(batch.records)
    ]


def test_an_empty_batcher_waits_for_nothing() -> None:
    empty = batcher(ManualClock())
    assert empty.is_empty
    assert empty.room == 4
    assert empty.wait_s() is None
    with pytest.raises(ValueError, match="no batch"):
        empty.take()


def test_adding_nothing_starts_no_deadline() -> None:
    some = batcher(ManualClock())
    add(some, [])
    assert some.is_empty
    assert some.wait_s() is None


def test_a_full_batch_leaves_before_its_deadline() -> None:
    some = batcher(ManualClock(), max_tweets=2)
    add(some, [record(offset=0)])
    assert some.room == 1
    assert some.wait_s() == pytest.approx(0.020)
    add(some, [record(offset=1)])
    assert some.room == 0
    assert some.wait_s() == 0


def test_the_first_tweet_sets_the_deadline() -> None:
    clock = ManualClock()
    some = batcher(clock)
    add(some, [record(offset=0)])
    clock.advance(0.015)
    add(some, [record(offset=1)])
    assert some.wait_s() == pytest.approx(0.005)
    clock.advance(0.005)
    assert some.wait_s() == 0
    clock.advance(100)
    assert some.wait_s() == 0


def test_without_patience_every_batch_is_due_at_once() -> None:
    some = batcher(ManualClock(), max_wait_ms=0)
    add(some, [record()])
    assert some.wait_s() == 0


def test_a_batch_is_full_at_its_size_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_MAX_BYTES", 10)
    some = batcher(ManualClock())
    add(some, [record(b"x" * 9, key=None, offset=0)])
    assert some.room == 3
    add(some, [record(b"x", key=None, offset=1)])
    assert some.room == 0
    assert some.wait_s() == 0


def test_keys_and_headers_fill_a_batch_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_MAX_BYTES", 10)
    some = batcher(ManualClock())
    add(some, [record(b"v", key=b"k", offset=0)])
    assert some.room == 3
    add(some, [record(None, key=None, headers=[("name", b"val"), ("x", None)], offset=1)])
    assert some.room == 0


def test_the_next_batch_starts_anew() -> None:
    clock = ManualClock()
    some = batcher(clock)
    add(some, [record(offset=0), record(offset=1)])
    first = some.take()
    assert len(first) == 2
    assert some.is_empty
    assert some.room == 4
    clock.advance(5)
    add(some, [record(offset=2)])
    assert some.wait_s() == pytest.approx(0.020)
    assert rows(some.take()) == [(2, "id2", "text2", [3], False)]


def test_rows_stay_aligned_with_their_records() -> None:
    some = batcher(ManualClock())
    add(some, [record(offset=n) for n in range(3)], refused=[1])
    batch = some.take()
    assert rows(batch) == [
        (0, "id0", "text0", [1], False),
        (1, None, "", [], True),
        (2, "id2", "text2", [3], False),
    ]
    assert batch.rejected == {1: REFUSED}


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="columns of one length"):
        batcher(ManualClock()).add([record(), record()], DecodedValues([None], [""], {0: REFUSED}), encoded([[]]))


def test_discarding_a_partition_keeps_the_rest_aligned() -> None:
    some = batcher(ManualClock(), max_tweets=9)
    add(some, [record(offset=n, partition=n % 3) for n in range(9)], refused=[1, 4, 5, 8])
    assert some.discard({0}) == 3
    batch = some.take()
    assert rows(batch) == [
        (1, None, "", [], True),
        (2, "id2", "text2", [3], False),
        (4, None, "", [], True),
        (5, None, "", [], True),
        (7, "id7", "text7", [8], False),
        (8, None, "", [], True),
    ]


def test_discarding_gives_room_back_and_keeps_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_MAX_BYTES", 10)
    clock = ManualClock()
    some = batcher(clock)
    add(some, [record(b"x" * 9, key=None, partition=0), record(b"x", key=None, partition=1)])
    clock.advance(0.015)
    assert some.room == 0
    assert some.discard({0, 7}) == 1
    assert some.room == 3
    assert some.wait_s() == pytest.approx(0.005)
    add(some, [record(b"x" * 9, key=None, offset=1, partition=1)])
    assert some.room == 0


def test_what_was_read_ahead_is_handed_over_in_order_as_far_as_there_is_room() -> None:
    some = batcher(ManualClock(), max_tweets=2)
    add(some, [record(offset=0)])
    some.put_ahead([record(offset=1), record(offset=2)])
    some.put_ahead([record(offset=3), record(offset=4)])
    taken = []
    while some.has_ahead:
        ahead = some.take_ahead()
        add(some, ahead)
        taken.append([one.offset() for one in ahead])
        assert some.take_ahead() == []
        some.take()
        assert some.is_empty == (not some.has_ahead)
    assert taken == [[1], [2, 3], [4]]


def test_what_was_read_ahead_is_discarded_with_the_batch() -> None:
    some = batcher(ManualClock())
    add(some, [record(partition=0), record(partition=1)])
    some.put_ahead([record(partition=1, offset=1), record(partition=0, offset=1)])
    assert some.discard({1}) == 2
    assert [one.partition() for one in some.take_ahead()] == [0]
    some.put_ahead([record(partition=0, offset=1)])
    assert some.discard() == 2
    assert some.is_empty


@pytest.mark.parametrize("partitions", [{0, 1}, None])
def test_discarding_all_leaves_no_batch(partitions: set[int] | None) -> None:
    some = batcher(ManualClock())
    add(some, [record(partition=0), record(partition=1)])
    assert some.discard(partitions) == 2
    assert some.is_empty
    assert some.wait_s() is None
    assert some.discard(partitions) == 0


def test_discarding_a_partition_that_is_not_there_changes_nothing() -> None:
    some = batcher(ManualClock())
    add(some, [record(offset=3)])
    assert some.discard({5}) == 0
    assert rows(some.take()) == [(3, "id3", "text3", [4], False)]


def test_a_batch_knows_what_was_left_out_of_each_tweet_also_once_a_partition_is_gone() -> None:
    batch = Batch(0.0)
    for first, count in ((0, 1), (1, 3)):
        records = [record(partition=int(offset > 0), offset=offset) for offset in range(first, first + count)]
        rows = [[[1], [], [1, 2], [1, 2]][offset] for offset in range(first, first + count)]
        unknown, truncated = [counts[first : first + count] for counts in ([3, 0, 1, 0], [7, 0, 0, 5])]
        decoded = DecodedValues([None] * count, ["a"] * count, {0: REFUSED} if first else {})
        batch.add(records, decoded, encoded(rows, unknown=unknown, truncated=truncated))
    assert (batch.encoded.unknown.tolist(), batch.encoded.truncated.tolist()) == ([3, 0, 1, 0], [7, 0, 0, 5])
    kept = batch.without({0})
    assert (kept.encoded.unknown.tolist(), kept.encoded.truncated.tolist()) == ([0, 1, 0], [0, 0, 5])
    assert as_lists(kept.encoded.rows) == [[], [1, 2], [1, 2]]
    assert kept.rejected == {0: REFUSED}
