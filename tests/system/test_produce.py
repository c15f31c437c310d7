"""``warble produce`` on a real Kafka."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.commands import Ended, environment, start, warble
from tests.system.kafka import Broker


@pytest.fixture
def topic(broker: Broker) -> str:
    return broker.fresh_topics()[0]


@pytest.fixture
def env(broker: Broker, topic: str) -> dict[str, str]:
    return environment(KAFKA__BOOTSTRAP_SERVERS=broker.bootstrap, KAFKA__INPUT_TOPIC=topic)


Produce = Callable[..., Ended]


@pytest.fixture
def produce(env: dict[str, str]) -> Produce:
    def run(*arguments: str, stdin: bytes = b"", **settings: str) -> Ended:
        return warble("produce", *arguments, env=env | environment(**settings), stdin=stdin)

    return run


def sent(broker: Broker, topic: str) -> dict[bytes | None, bytes | None]:
    messages = broker.read_committed(topic)
    found = {message.key(): message.value() for message in messages}
    assert len(found) == len(messages)
    return found


def test_every_line_arrives_once_under_its_number(broker: Broker, topic: str, produce: Produce, tmp_path: Path) -> None:
    path = tmp_path / "tweets.txt"
    texts = [f"tweet {number} 🎉" if number % 7 else "" for number in range(1, 50_001)]
    path.write_text("".join(f"{text}\n" for text in texts), "utf-8")

    assert produce(str(path)).lines() == [f"50000 of 50000 records acknowledged by the broker, topic {topic}"]

    expected = {str(n).encode(): {"id": str(n), "text": text} for n, text in enumerate(texts, start=1)}
    assert {key: json.loads(value or b"") for key, value in sent(broker, topic).items()} == expected


def test_json_lines_arrive_byte_for_byte(broker: Broker, topic: str, produce: Produce) -> None:
    lines = [b'{"text":  "a"}', b"\xff\xfe", b"[1]"]
    assert produce("-", "--format", "jsonl", stdin=b"\n".join(lines)).code == 0
    assert sorted(message.value() or b"" for message in broker.read_committed(topic)) == sorted(lines)


def test_rows_arrive_in_the_shape_that_the_worker_reads(
    broker: Broker, topic: str, produce: Produce, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"n,words\r9,caf\xe9\r")
    done = produce(
        str(path), "--column", "words", "--id-column", "n", "--encoding", "latin-1", INPUT__FORMAT="twitter-v2"
    )
    assert done.code == 0
    assert sent(broker, topic) == {b"9": '{"data":{"id":"9","text":"café"}}'.encode()}


def test_a_rate_is_kept(broker: Broker, topic: str, produce: Produce) -> None:
    assert produce("-", "--rate", "20", stdin=b"x\n" * 41).code == 0
    times = sorted(message.timestamp()[1] for message in broker.read_committed(topic))
    # The 41st is due 2 s after the first. A busy machine may be late, never early.
    assert 1_950 <= times[-1] - times[0] <= 10_000
    # No more than half are sent in the first half: they do not come in bursts.
    assert sum(time < times[0] + 1_000 for time in times) <= 21


def test_what_the_broker_did_not_take_is_named_and_counted(broker: Broker, topic: str, produce: Produce) -> None:
    done = produce("-", stdin=b"a\n" + b"x" * 1_100_000 + b"\nb\n")
    complaint = done.complaint(4)
    assert "2 of 3 records acknowledged" in complaint
    assert "1 x MSG_SIZE_TOO_LARGE (line 2: " in complaint
    assert set(sent(broker, topic)) == {b"1", b"3"}


def test_a_topic_with_a_lower_limit_names_what_it_refused(broker: Broker, env: dict[str, str]) -> None:
    small = broker.create_topic(f"small-{env['WARBLE_KAFKA__INPUT_TOPIC']}", max_message_bytes="2000")
    content = "\n".join(f"{number} " + "xyz"[number % 3] * number * 97 for number in range(1, 40))
    done = warble("produce", "-", "--topic", small, env=env, stdin=content.encode())
    complaint = done.complaint(4)
    refused = 39 - broker.count(small)
    assert refused > 0
    assert f"{39 - refused} of 39 records acknowledged" in complaint
    assert f"{refused} x MSG_SIZE_TOO_LARGE" in complaint


def test_what_came_before_a_fault_is_sent_and_counted(broker: Broker, topic: str, produce: Produce) -> None:
    complaint = produce("-", stdin=b"a\nb\n\xff\nc\n").complaint(2)
    assert "standard input line 3 is not utf-8" in complaint
    assert "before that, 2 of 2 records acknowledged" in complaint
    assert set(sent(broker, topic)) == {b"1", b"2"}


def test_a_signal_ends_it_with_an_honest_count(broker: Broker, topic: str, env: dict[str, str]) -> None:
    with start("produce", "-", env=env) as process:
        assert process.stdin is not None
        process.stdin.write(b"one\ntwo\n")
        process.stdin.flush()
        while broker.count(topic) < 2:
            pass
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out.decode().startswith("interrupted before the end of standard input: 2 of 2 records acknowledged")


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (("-",), b"", "standard input is empty"),
        (("missing.txt",), b"", "missing.txt cannot be read: No such file or directory"),
        (("tweets.dat",), b"", "give --format text, jsonl or csv"),
        (("-", "--column", "text"), b"a\n", "need a CSV"),
        (("-", "--format", "csv"), b"a,b\n1,2\n", "no column 'text': it has 'a', 'b'"),
        (("-", "--encoding", "utf-16"), b"a\n", "--encoding utf-16"),
        (("-", "--rate", "0"), b"a\n", "--rate"),
        (("-", "--topic", "a b"), b"a\n", "a b"),
    ],
)
def test_bad_usage_ends_in_one_line(produce: Produce, arguments: tuple[str, ...], stdin: bytes, words: str) -> None:
    assert words in produce(*arguments, stdin=stdin).complaint(2)


def test_a_missing_topic_ends_in_one_line(produce: Produce) -> None:
    assert "nowhere" in produce("-", "--topic", "nowhere", stdin=b"a\n").complaint(4)


def test_a_missing_broker_ends_in_one_line(produce: Produce) -> None:
    done = produce("-", stdin=b"a\n", KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:9", KAFKA__CONNECT_TIMEOUT_S="1")
    assert "no broker answered at 127.0.0.1:9 within 1 s" in done.complaint(4)
