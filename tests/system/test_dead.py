"""``warble dead`` on a real Kafka."""

import json
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import Message, TopicPartition

from stream.dead import replay
from stream.dead.letter import DeadLetter
from stream.dead.replay import Replay, survey
from stream.dead.transactions import AbortedError, Transactions
from stream.embedded import EmbeddedBroker
from stream.errors import BrokerError
from stream.settings import KafkaSettings
from tests.system.commands import Ended, environment, start, warble
from tests.system.kafka import Broker, Record

Topics = tuple[str, str, str]
Dead = Callable[..., Ended]


@pytest.fixture
def topics(broker: Broker) -> Topics:
    return broker.fresh_topics()


@pytest.fixture
def env(broker: Broker, topics: Topics) -> dict[str, str]:
    return environment(
        KAFKA__BOOTSTRAP_SERVERS=broker.bootstrap,
        KAFKA__INPUT_TOPIC=topics[0],
        KAFKA__OUTPUT_TOPIC=topics[1],
        KAFKA__DEAD_LETTER_TOPIC=topics[2],
        KAFKA__GROUP_ID=f"group-{topics[0]}",
    )


@pytest.fixture
def dead(env: dict[str, str]) -> Dead:
    return lambda *arguments: warble("dead", *arguments, env=env)


def letter(number: int, reason: str, *more: tuple[str, bytes]) -> Record:
    return Record(
        str(number).encode(),
        b"\xffvalue %d" % number if number % 3 else None,
        [
            ("trace", b"\x00\xfe"),
            ("trace", None),
            ("warble-reason", reason.encode()),
            ("warble-detail", b"why"),
            ("warble-source", f"elsewhere/{number % 4}/{number}".encode()),
            ("warble-source-timestamp", b"1700000000000"),
            *more,
        ],
    )


def replayed(broker: Broker, topics: Topics) -> list[Message]:
    return broker.read_committed(topics[0])


def keys(messages: list[Message]) -> Counter[int]:
    return Counter(int(message.key() or b"") for message in messages)


def test_letters_are_listed_with_their_reasons(broker: Broker, topics: Topics, dead: Dead) -> None:
    reasons = ("not-json", "no-text", "too-large")
    broker.produce(topics[2], [letter(number, reasons[number % 3]) for number in range(90)])
    listed = [json.loads(line) for line in dead("list").lines()]
    assert Counter(each["reason"] for each in listed) == dict.fromkeys(reasons, 30)
    assert {each["source"] for each in listed} == {f"elsewhere/{number % 4}/{number}" for number in range(90)}

    some = [json.loads(line) for line in dead("list", "--reason", "no-text", "--reason", "too-large").lines()]
    assert Counter(each["reason"] for each in some) == {"no-text": 30, "too-large": 30}
    assert len(dead("list", "-n", "7").lines()) == 7


def test_an_empty_topic_has_no_letters(dead: Dead) -> None:
    assert dead("list").lines() == []
    assert dead("replay").lines()[-1].startswith("0 dead letters sent")


def test_a_letter_is_shown_by_its_own_place_and_by_that_of_its_record(
    broker: Broker, topics: Topics, dead: Dead
) -> None:
    broker.produce(topics[2], [letter(1, "not-utf8"), letter(2, "not-utf8")], partition=3)
    by_place = json.loads(dead("show", f"{topics[2]}/3/1").lines()[0])
    by_source = json.loads(dead("show", "elsewhere/2/2").lines()[0])
    assert by_place == by_source
    assert by_place["value_base64"] == "/3ZhbHVlIDI="
    assert by_place["headers"] == [{"name": "trace", "value_base64": "AP4="}, {"name": "trace", "value": None}]
    for place in (f"{topics[2]}/3/2", f"{topics[2]}/99/0", "elsewhere/0/9"):
        assert f"no dead letter at or from {place}" in dead("show", place).complaint(2)


def test_a_replay_sends_the_original_bytes_once(broker: Broker, topics: Topics, dead: Dead) -> None:
    broker.produce(topics[2], [letter(number, "not-json") for number in range(1_500)])
    assert dead("replay", "--dry-run").lines()[-1] == f"1500 dead letters would be sent to {topics[0]}, 0 passed over"
    assert replayed(broker, topics) == []

    assert dead("replay").lines()[-1] == f"1500 dead letters sent to {topics[0]}, 0 passed over"
    assert dead("replay").lines()[-1] == f"0 dead letters sent to {topics[0]}, 0 passed over"

    messages = replayed(broker, topics)
    assert keys(messages) == dict.fromkeys(range(1_500), 1)
    for message in messages:
        number = int(message.key() or b"")
        assert message.value() == letter(number, "").value
        assert message.headers() == [("trace", b"\x00\xfe"), ("trace", None)]


def test_replaying_one_reason_loses_none_of_another(broker: Broker, topics: Topics, dead: Dead) -> None:
    reasons = ("not-json", "no-text")
    broker.produce(topics[2], [letter(number, reasons[number % 2]) for number in range(400)])
    assert dead("replay", "--reason", "no-text").lines()[0].startswith("no-text: 200 sent")
    broker.produce(topics[2], [letter(number, reasons[number % 2]) for number in range(400, 500)])
    assert dead("replay", "--reason", "no-text").lines()[0].startswith("no-text: 50 sent")
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(1, 500, 2), 1)
    assert dead("replay").lines()[-1].startswith("250 dead letters sent")
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(500), 1)


def test_truncated_letters_and_foreign_records_are_counted_aloud(broker: Broker, topics: Topics, dead: Dead) -> None:
    truncated = ("warble-truncated", b"headers,value")
    broker.produce(topics[2], [letter(1, "too-large"), letter(2, "too-large", truncated), Record(b"3", b"foreign")])
    done = dead("replay")
    assert done.lines() == [
        "too-large: 1 sent, 1 passed over without their value",
        f"1 dead letters sent to {topics[0]}, 1 passed over",
    ]
    assert done.err == "1 records without a warble-reason were left alone\n"
    assert keys(replayed(broker, topics)) == {1: 1}


def test_letters_removed_by_retention_do_not_hold_a_replay_up(broker: Broker, topics: Topics, dead: Dead) -> None:
    broker.produce(topics[2], [letter(number, "no-text") for number in range(10)], partition=0)
    assert dead("replay").lines()[-1].startswith("10 dead letters sent")
    broker.produce(topics[2], [letter(number, "no-text") for number in range(10, 30)], partition=0)
    broker.delete_before(topics[2], 0, 20)
    assert dead("replay").lines()[-1].startswith("10 dead letters sent")
    assert keys(replayed(broker, topics)) == dict.fromkeys([*range(10), *range(20, 30)], 1)


def test_a_replay_killed_in_the_middle_is_finished_by_the_next(
    broker: Broker, topics: Topics, env: dict[str, str], dead: Dead
) -> None:
    count = 30_000
    broker.produce(topics[2], [letter(number, "not-json") for number in range(count)])
    group = f"{env['WARBLE_KAFKA__GROUP_ID']}-replay-not-json"
    for _ in range(2):
        before = sum(broker.committed(group, topics[2]).values())
        with start("dead", "replay", env=env) as process:
            while (committed := sum(broker.committed(group, topics[2]).values())) <= before:
                assert process.poll() is None, "the replay ended before it was killed"
            process.kill()
        assert 0 < committed < count
        assert process.returncode < 0
    assert dead("replay").code == 0
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(count), 1)


def settings(broker: Broker, topics: Topics) -> KafkaSettings:
    return KafkaSettings(
        bootstrap_servers=broker.bootstrap,
        input_topic=topics[0],
        output_topic=topics[1],
        dead_letter_topic=topics[2],
        group_id=f"group-{topics[0]}",
    )


def test_what_dies_meanwhile_waits_for_the_next_replay(broker: Broker, topics: Topics) -> None:
    kafka = settings(broker, topics)
    broker.produce(topics[2], [letter(number, "not-json") for number in range(100)])
    found = survey(kafka)
    broker.produce(topics[2], [letter(number, "not-json") for number in range(100, 130)])
    assert Replay(kafka, "not-json", found.end).run().sent == 100
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(100), 1)
    assert Replay(kafka, "not-json", survey(kafka).end).run().sent == 30
    # An older replay that only now begins finds its end behind it.
    assert Replay(kafka, "not-json", found.end).run().sent == 0
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(130), 1)


def test_an_aborted_transaction_is_sent_again_from_the_committed_offsets(
    broker: Broker, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = settings(broker, topics)
    broker.produce(topics[2], [letter(number, "not-json") for number in range(3_000)])
    sends: list[int] = []

    class Unlucky(Transactions):
        """Every other transaction is aborted after its records were sent."""

        def send(self, letters: Iterable[DeadLetter], offsets: Sequence[TopicPartition], group: object) -> None:
            sends.append(1)
            if len(sends) % 2:
                producer = self._producer
                producer.begin_transaction()
                for each in letters:
                    self._produce(each)
                producer.flush()
                producer.abort_transaction()
                raise AbortedError
            super().send(letters, offsets, group)

    monkeypatch.setattr(replay, "Transactions", Unlucky)
    assert Replay(kafka, "not-json", survey(kafka).end).run().sent == 3_000
    assert len(sends) > 2
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(3_000), 1)
    assert broker.count(topics[0], "read_uncommitted") > 3_000


def test_transactions_that_never_succeed_end_the_replay(
    broker: Broker, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_: object) -> None:
        raise AbortedError

    kafka = settings(broker, topics)
    broker.produce(topics[2], [letter(1, "not-json")])
    monkeypatch.setattr(Transactions, "send", send)
    with pytest.raises(BrokerError, match="transactions in a row were aborted"):
        Replay(kafka, "not-json", survey(kafka).end).run()


def test_a_signal_ends_a_replay_between_two_transactions(
    broker: Broker, topics: Topics, env: dict[str, str], dead: Dead
) -> None:
    count = 30_000
    broker.produce(topics[2], [letter(number, "not-json") for number in range(count)])
    group = f"{env['WARBLE_KAFKA__GROUP_ID']}-replay-not-json"
    with start("dead", "replay", env=env) as process:
        while not broker.committed(group, topics[2]):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == b"interrupted: run it again for the rest\n"
    sent = len(replayed(broker, topics))
    assert 0 < sent < count
    assert out.decode().splitlines()[-1] == f"{sent} dead letters sent to {topics[0]}, 0 passed over"
    assert dead("replay").lines()[-1].startswith(f"{count - sent} dead letters sent")
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(count), 1)


def test_two_replays_at_a_time_send_each_letter_once(
    broker: Broker, topics: Topics, env: dict[str, str], dead: Dead
) -> None:
    broker.produce(topics[2], [letter(number, "not-json") for number in range(8_000)])
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: warble("dead", "replay", env=env), range(2)))
    assert 0 in {done.code for done in both}
    for done in both:
        if done.code:
            assert "another replay of the same reason took over" in done.complaint(4)
    assert dead("replay").code == 0
    assert keys(replayed(broker, topics)) == dict.fromkeys(range(8_000), 1)


def test_the_embedded_broker_is_refused() -> None:
    with EmbeddedBroker(["tweets", "tweets.dead"]) as embedded:
        done = warble("dead", "replay", env=environment(KAFKA__BOOTSTRAP_SERVERS=embedded.bootstrap))
    assert "embedded broker" in done.complaint(2)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("list", "--reason", "bad-luck"), 2, "bad-luck"),
        (("show", "tweets"), 2, "expected TOPIC/PARTITION/OFFSET"),
        (("replay", "--reason", "bad-luck"), 2, "bad-luck"),
    ],
)
def test_bad_usage_ends_in_one_line(dead: Dead, arguments: tuple[str, ...], code: int, words: str) -> None:
    assert words in dead(*arguments).complaint(code)


def test_a_missing_topic_ends_in_one_line(env: dict[str, str]) -> None:
    env = env | {"WARBLE_KAFKA__DEAD_LETTER_TOPIC": "nowhere"}
    for arguments in (("list",), ("replay",), ("show", "a/0/0")):
        assert "nowhere" in warble("dead", *arguments, env=env).complaint(4)
