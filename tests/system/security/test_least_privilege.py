"""A user may do just what ``docs/kafka-security.md`` lists: that is enough, and less is not."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.system.kafka import Record
from tests.system.security.permissions import Permission, documented
from tests.system.security.secured import Secured
from tests.system.security.streams import SecuredStream
from tests.system.workers import numbered

pytestmark = pytest.mark.kafka

BROKEN = 3
TWEETS = 20

LABELLER = [one for one in documented("labeller") if one.operation != "DescribeConfigs"]
NEEDED = {
    "exactly-once": LABELLER,
    "at-least-once": [one for one in LABELLER if one.kind != "transactional_id"],
}
SAID = {
    ("topic", "Read"): "Read on the topics that it reads (a worker: the input topic)",
    ("topic", "Write"): "Write on those that it writes (a worker: the output and the dead-letter topic)",
    ("group", "Read"): "Read on the consumer group",
    ("transactional_id", "Write"): "Write on the transactional id",
}

EACH = pytest.mark.parametrize(
    ("mode", "missing"), [(mode, one) for mode, needed in NEEDED.items() for one in needed], ids=str
)

_numbers = itertools.count()


def stream_of(secured: Secured, bundle: Path, permissions: Sequence[Permission], **settings: str) -> SecuredStream:
    """Topics with tweets and a user of their own, who has just these permissions."""
    user = f"least-{next(_numbers)}"
    stream = SecuredStream(secured, bundle, "LOGIN", secured.add_user(user, "hush-hush"), **settings)
    for permission in permissions:
        permission.grant(secured.broker, f"User:{user}", stream)
    return stream


def with_tweets(stream: SecuredStream) -> SecuredStream:
    stream.produce(numbered(TWEETS))
    stream.produce_broken(BROKEN)
    return stream


def with_dead_letters(secured: Secured, stream: SecuredStream) -> None:
    headers: list[tuple[str, str | bytes | None]] = [("warble-reason", b"not-json")]
    letters = (Record(None, b"{", [*headers, ("warble-source", f"{stream.input}/0/{n}")]) for n in range(BROKEN))
    secured.broker.produce(stream.dead, letters, partition=0)


@pytest.mark.parametrize("mode", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.slow)])
def test_what_is_listed_is_all_that_a_worker_needs(secured: Secured, bundle: Path, mode: str) -> None:
    stream = with_tweets(stream_of(secured, bundle, NEEDED[mode], KAFKA__DELIVERY=mode))

    worker = stream.label_all()

    stream.assert_each_once()
    assert len(stream.dead_letters()) == BROKEN
    assert worker.events("topic_limits_unknown")


@pytest.mark.slow
def test_with_the_optional_ones_a_worker_knows_how_large_a_record_may_be(secured: Secured, bundle: Path) -> None:
    stream = with_tweets(stream_of(secured, bundle, documented("labeller")))
    assert not stream.label_all().events("topic_limits_unknown")


@pytest.mark.slow
@EACH
def test_without_any_one_of_them_a_worker_says_which_and_ends_with_4(
    secured: Secured, bundle: Path, mode: str, missing: Permission
) -> None:
    fewer = [one for one in NEEDED[mode] if one != missing]
    stream = with_tweets(stream_of(secured, bundle, fewer, KAFKA__DELIVERY=mode))
    line = stream.refusal("worker")
    assert line.startswith("warble: error: permission denied while ")
    assert SAID[missing.kind, missing.operation] in line
    if missing.kind == "topic":
        assert f"topic '{missing.on(stream)}'" in line


@pytest.mark.slow
@EACH
def test_to_see_a_resource_is_not_enough_either(secured: Secured, bundle: Path, mode: str, missing: Permission) -> None:
    fewer = [one if one != missing else one._replace(operation="Describe") for one in NEEDED[mode]]
    line = with_tweets(stream_of(secured, bundle, fewer, KAFKA__DELIVERY=mode)).refusal("worker")
    assert line.startswith("warble: error: permission denied while ")
    assert SAID[missing.kind, missing.operation] in line


@pytest.mark.slow
def test_a_producer_needs_no_more_than_is_listed(secured: Secured, bundle: Path) -> None:
    stream = stream_of(secured, bundle, documented("producer"))
    assert "2 of 2 records acknowledged" in stream.run("produce", "-", stdin=b"I love it\nmeh\n").lines()[-1]


@pytest.mark.slow
def test_a_reader_of_results_needs_no_more_than_is_listed(secured: Secured, bundle: Path) -> None:
    stream = stream_of(secured, bundle, documented("reader"))
    secured.broker.produce(stream.output, [(None, b'{"id": "1"}')])
    assert stream.run("tail", "--from-beginning", "-n", "1").lines() == ['{"id": "1"}']


@pytest.mark.slow
def test_an_inspector_of_dead_letters_needs_no_more_than_is_listed(secured: Secured, bundle: Path) -> None:
    stream = stream_of(secured, bundle, documented("inspector"))
    with_dead_letters(secured, stream)
    assert len(stream.run("dead", "list").lines()) == BROKEN
    assert len(stream.run("dead", "show", f"{stream.dead}/0/0").lines()) == 1


@pytest.mark.slow
def test_an_operator_needs_no_more_than_is_listed_to_replay(secured: Secured, bundle: Path) -> None:
    stream = stream_of(secured, bundle, documented("operator"))
    with_dead_letters(secured, stream)
    assert stream.run("dead", "replay").lines()[-1].startswith(f"{BROKEN} dead letters sent")
    assert secured.broker.count(stream.input) == BROKEN
