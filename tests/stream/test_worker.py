"""The worker as a whole, where no broker is needed to see it."""

import json
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any, cast

import numpy as np
import pytest
from confluent_kafka import KafkaError, Message
from structlog.testing import capture_logs

from model.classifier import Classifier, Predictions
from model.engines.base import Engine, Ids, Lengths, Outputs
from model.errors import UsageError, WarbleError
from stream.errors import BrokerError, FencedMemberError
from stream.metrics import STAGES
from stream.worker import Worker
from tests.factories import tiny_bundle
from tests.stream.kafka.readers import assigned, revoked
from tests.stream.records import event, kafka_exception, record
from tests.stream.workers import FakeMember, WorkerBench

OUTPUT, DEAD = "tweets.labelled", "tweets.dead"
MODES = ("exactly-once", "at-least-once")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


@pytest.fixture
def classifier(bundle: str) -> Classifier:
    return Classifier.load(bundle, engine="onnx", threads=1)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> WorkerBench:
    made = WorkerBench(monkeypatch)
    made.play(assigned(0))
    return made


def tweets(count: int, text: str = "I love my ipad") -> list[bytes]:
    return [json.dumps({"id": number, "text": text}).encode() for number in range(count)]


def run(worker: Worker) -> None:
    with capture_logs():
        worker.run()


def stop_when(worker: Worker, bench: WorkerBench, done: Callable[[], bool]) -> None:
    """Stop the worker once it idles and ``done`` says so."""

    def idle() -> None:
        if done():
            worker.stop()

    bench.member.idle = idle


class HangingClassifier:
    """Never answers, until the test is over."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.gate = Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever a classifier has
        return getattr(self._classifier, name)

    def predict(self, rows: Sequence[Sequence[int]]) -> Predictions:
        self.gate.wait()
        return self._classifier.predict(rows)


class SpoilingEngine:
    """Spoils rows whose first id is the one given."""

    def __init__(self, engine: Engine, first_id: int, spoil: Callable[[], float]) -> None:
        self._engine = engine
        self._first_id = first_id
        self._spoil = spoil
        self.name, self.device, self.kernel = engine.name, engine.device, engine.kernel
        self.cells = engine.cells

    def warm(self, longest: int, max_tokens: int) -> None:
        self._engine.warm(longest, max_tokens)

    def predict(self, ids: Ids, lengths: Lengths) -> Outputs:
        outputs = self._engine.predict(ids, lengths).copy()
        bad = ids[:, 0] == self._first_id
        if bad.any():
            outputs[bad, 0] = self._spoil()
        return outputs


@pytest.mark.parametrize("mode", MODES)
def test_what_arrives_before_a_stop_is_published_and_committed(
    bench: WorkerBench, classifier: Classifier, mode: str
) -> None:
    bench.arrive([*tweets(5), b"no json"])
    worker = bench.worker(classifier, kafka={"delivery": mode})
    stop_when(worker, bench, lambda: True)
    run(worker)
    assert len(bench.broker.values(OUTPUT)) == 5
    assert bench.broker.values(DEAD) == [b"no json"]
    assert bench.member.closed


@pytest.mark.parametrize("mode", MODES)
def test_every_stage_of_a_batch_is_timed(bench: WorkerBench, classifier: Classifier, mode: str) -> None:
    bench.arrive(tweets(5))
    worker = bench.worker(classifier, kafka={"delivery": mode}, batch={"max_tweets": 5})
    stop_when(worker, bench, lambda: len(bench.broker.values(OUTPUT)) == 5)
    run(worker)
    counts = {stage: bench.count("warble_stage_seconds_count", stage=stage) for stage in STAGES}
    assert counts.pop("encode")
    assert counts == dict.fromkeys(("queue", "predict", "publish", "commit"), 1)
    waited_s = bench.count("warble_stage_seconds_sum", stage="queue") or 0
    assert waited_s > 0.1  # the clock ticks whenever it is looked at
    assert bench.count("warble_prediction_confidence_count") == 5
    assert bench.count("warble_batch_padding_ratio_count") == 1


def test_the_predictions_of_a_batch_that_is_taken_back_are_not_described_twice(
    bench: WorkerBench, classifier: Classifier
) -> None:
    bench.broker.plan("commit", kafka_exception(KafkaError._FAIL, abort=True))  # noqa: SLF001 -- the public name
    bench.arrive(tweets(1))
    worker = bench.worker(classifier, batch={"max_tweets": 1})

    kept = tweets(1)

    def is_published() -> bool:
        if "abort" in bench.broker.calls and kept:
            bench.arrive([kept.pop()])
        return bench.broker.offsets == {0: 1}

    stop_when(worker, bench, is_published)
    run(worker)
    assert bench.count("warble_transactions_aborted_total") == 1
    assert bench.count("warble_batch_tweets_count") == 1
    assert bench.count("warble_prediction_confidence_count") == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("batch", [{"max_tweets": 7, "max_wait_ms": 60_000}, {"max_tweets": 6}, {"max_tweets": 5}])
def test_what_was_read_of_a_partition_that_goes_is_left_to_its_next_owner(
    bench: WorkerBench, classifier: Classifier, mode: str, batch: dict[str, int]
) -> None:
    hanging = HangingClassifier(classifier)
    bench.play(assigned(1), *(record(value, partition=at % 2, offset=at) for at, value in enumerate(tweets(6))))
    worker = bench.worker(cast("Classifier", hanging), kafka={"delivery": mode}, batch=batch)

    def idle() -> None:
        bench.play(revoked(1))
        hanging.gate.set()
        worker.stop()

    bench.member.idle = idle
    run(worker)
    ids = [json.loads(value or b"")["id"] for value in bench.broker.values(OUTPUT)]
    assert ids == ["0", "2", "4"]
    assert bench.broker.offsets | bench.member.group == {0: 5}
    assert bench.count("warble_tweets_discarded_total", cause="revoked") == 3


@pytest.mark.parametrize("mode", MODES)
def test_what_is_read_ahead_while_a_prediction_lasts_follows_in_order(
    bench: WorkerBench, classifier: Classifier, mode: str
) -> None:
    hanging = HangingClassifier(classifier)
    bench.arrive(tweets(9))
    worker = bench.worker(cast("Classifier", hanging), kafka={"delivery": mode}, batch={"max_tweets": 2})
    batcher = worker._batcher  # noqa: SLF001 -- where a record that was read ahead shows
    put_ahead = batcher.put_ahead

    def answer_once_ahead(records: Sequence[Message]) -> None:
        put_ahead(records)
        if records:
            hanging.gate.set()

    bench.monkeypatch.setattr(batcher, "put_ahead", answer_once_ahead)
    stop_when(worker, bench, lambda: len(bench.broker.values(OUTPUT)) == 9)
    run(worker)
    ids = [json.loads(value or b"")["id"] for value in bench.broker.values(OUTPUT)]
    assert ids == [str(n) for n in range(9)]
    assert bench.broker.offsets | bench.member.group == {0: 9}


def raises() -> float:
    raise RuntimeError("bad row")


@pytest.mark.parametrize(
    "spoil", [lambda: np.nan, lambda: -3.0, lambda: 1e9, raises], ids=["nan", "-3", "1e9", "raises"]
)
def test_a_row_that_the_model_fails_for_is_dead_lettered_and_its_neighbours_are_labelled(
    bench: WorkerBench, classifier: Classifier, spoil: Callable[[], float]
) -> None:
    (poison,) = classifier.encode("battery").ids
    classifier.engine = SpoilingEngine(classifier.engine, poison, spoil)
    bench.arrive([*tweets(3), *tweets(1, "battery"), *tweets(4, "great phone")])
    worker = bench.worker(classifier, batch={"max_tweets": 8, "max_wait_ms": 10_000})
    stop_when(worker, bench, lambda: bench.broker.offsets == {0: 8})
    run(worker)
    assert bench.broker.values(DEAD) == tweets(1, "battery")
    assert len(bench.broker.values(OUTPUT)) == 7
    assert bench.count("warble_tweets_dead_total", reason="predict-failed") == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_topic_of_garbage_ends_the_worker_after_the_batch_that_showed_it(
    bench: WorkerBench, classifier: Classifier, mode: str
) -> None:
    bench.arrive([b"no json"] * 50)
    worker = bench.worker(
        classifier,
        kafka={"delivery": mode},
        batch={"max_tweets": 4, "max_wait_ms": 10_000},
        breaker={"max_dead_share": 0.5, "window": 10},
    )
    with pytest.raises(UsageError, match="10 of the last 10 records became dead letters") as caught:
        run(worker)
    assert caught.value.exit_code == 2
    assert len(bench.broker.values(DEAD)) == 12
    assert 12 in (bench.broker.offsets.get(0), bench.member.group[0])
    assert bench.member.closed


def test_a_model_that_hangs_turns_livez_red_while_the_loop_turns(bench: WorkerBench, classifier: Classifier) -> None:
    hanging = HangingClassifier(classifier)
    bench.arrive(tweets(3))
    bench.member.watermarks[0] = (0, 3)
    worker = bench.worker(cast("Classifier", hanging), kafka={"shutdown_timeout_s": 0.5})
    seen: list[str] = []

    def idle() -> None:
        good, line = bench.health.live()
        if not good:
            seen.append(line)
            hanging.gate.set()
            worker.stop()

    bench.member.idle = idle
    run(worker)
    assert seen[0].startswith("tweets/0 stands still: lag 3, for 6")
    assert "although the broker answers; last turn 0." in seen[0]
    assert len(bench.broker.values(OUTPUT)) == 3


def test_a_model_that_hangs_cannot_hold_up_a_stop_for_longer_than_its_time(
    bench: WorkerBench, classifier: Classifier
) -> None:
    bench.monkeypatch.setattr("stream.predictor._LEAVE_S", 0.01)
    hanging = HangingClassifier(classifier)
    bench.arrive(tweets(3))
    worker = bench.worker(cast("Classifier", hanging), kafka={"shutdown_timeout_s": 0.5})
    stop_when(worker, bench, lambda: True)
    try:
        with pytest.raises(BrokerError, match=r"within 0\.5 s of the stop: it is not committed"):
            run(worker)
    finally:
        hanging.gate.set()
    assert bench.broker.values(OUTPUT) == []
    assert bench.broker.offsets == {}
    assert bench.member.closed


def test_a_stop_that_lasts_begins_no_further_batch_and_leaves_it_to_the_next_worker(
    bench: WorkerBench, classifier: Classifier
) -> None:
    hanging = HangingClassifier(classifier)
    bench.arrive(tweets(7))
    worker = bench.worker(cast("Classifier", hanging), batch={"max_tweets": 4, "max_wait_ms": 1e9})
    begun = worker._stop.begin  # noqa: SLF001 -- where the time of the stop begins

    def begin() -> None:
        begun()
        bench.clock.now += 3
        hanging.gate.set()

    bench.monkeypatch.setattr(worker._stop, "begin", begin)  # noqa: SLF001
    stop_when(worker, bench, lambda: bench.count("warble_tweets_received_total") == 7)
    run(worker)
    assert len(bench.broker.values(OUTPUT)) == 4
    assert bench.broker.offsets == {0: 4}
    assert bench.count("warble_tweets_discarded_total", cause="stopped") == 3


def test_a_stop_while_the_broker_is_waited_for_at_the_start_is_no_failure(
    bench: WorkerBench, classifier: Classifier
) -> None:
    worker = bench.worker(classifier)
    worker.stop()
    bench.monkeypatch.setattr("stream.worker.require_topics", lambda *arguments: arguments[-1]())
    run(worker)
    assert bench.broker.calls == []
    assert bench.member.closed


@pytest.mark.parametrize("mode", MODES)
def test_a_topic_created_anew_is_read_from_its_beginning_once_everything_in_hand_is_published(
    bench: WorkerBench, classifier: Classifier, mode: str
) -> None:
    bench.arrive(tweets(5), first=40)
    worker = bench.worker(classifier, kafka={"delivery": mode})
    created: list[int] = []

    def idle() -> None:
        if not created and bench.clock.now > 1_010:
            bench.questions.id = "B"
            bench.arrive(tweets(2), first=45)
            created.append(len(bench.member.calls))
        elif ("assign", 0, -2) in bench.member.calls:
            worker.stop()

    bench.member.idle = idle
    run(worker)
    assert len(bench.broker.values(OUTPUT)) == 7
    assert bench.member.calls[-3:] == [("commit", 0, 0), ("unassign", 0, -1001), ("assign", 0, -2)]


def test_in_strict_mode_a_topic_created_anew_ends_the_worker(bench: WorkerBench, classifier: Classifier) -> None:
    worker = bench.worker(classifier, kafka={"on_lost_records": "stop"})

    def idle() -> None:
        if bench.clock.now > 1_010:
            bench.questions.id = "B"

    bench.member.idle = idle
    with pytest.raises(WarbleError, match="was deleted and created anew") as caught:
        run(worker)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("mode", MODES)
def test_a_worker_that_only_a_ghost_fenced_joins_anew_and_reads_from_what_is_committed(
    bench: WorkerBench, classifier: Classifier, mode: str
) -> None:
    bench.arrive(tweets(3))
    bench.member.idle = lambda: bench.play(event(KafkaError.FENCED_INSTANCE_ID))
    members = [bench.member, FakeMember()]
    bench.monkeypatch.setattr("stream.worker.make_consumer", lambda *_: bench.member)
    worker = bench.worker(classifier, kafka={"delivery": mode}, batch={"max_wait_ms": 60_000})

    def outlast(*_: object) -> None:
        assert bench.health.ready()[0] is False
        bench.member = members[1]
        bench.member.idle = worker.stop
        bench.play(assigned(0))
        bench.arrive(tweets(5))

    bench.monkeypatch.setattr("stream.worker.Namesake.outlast", outlast)
    run(worker)
    assert [member.closed for member in members] == [True, True]
    assert bench.count("warble_tweets_discarded_total", cause="fenced") == 3
    assert len(bench.broker.values(OUTPUT)) == 5
    assert members[1].group | bench.broker.offsets == {0: 5}


def test_a_worker_whose_name_a_live_one_has_ends(bench: WorkerBench, classifier: Classifier) -> None:
    bench.play(event(KafkaError.FENCED_INSTANCE_ID))

    def outlast(_: object, fence: FencedMemberError, *__: object) -> None:
        raise fence

    bench.monkeypatch.setattr("stream.worker.Namesake.outlast", outlast)
    with pytest.raises(BrokerError, match="give each worker its own WARBLE_KAFKA__INSTANCE_ID") as caught:
        run(bench.worker(classifier))
    assert caught.value.exit_code == 4
    assert bench.member.closed


def test_a_fenced_worker_that_is_stopped_meanwhile_ends_well(bench: WorkerBench, classifier: Classifier) -> None:
    bench.arrive(tweets(3))
    bench.play(event(KafkaError.FENCED_INSTANCE_ID))
    worker = bench.worker(classifier)
    bench.monkeypatch.setattr("stream.worker.Namesake.outlast", lambda *_: worker.stop())
    run(worker)
    assert bench.broker.values(OUTPUT) == []
    assert bench.broker.offsets == {}


def test_an_output_topic_that_is_deleted_ends_a_publication_that_waits_for_it(
    bench: WorkerBench, classifier: Classifier
) -> None:
    def flush(*_: object) -> int:
        bench.questions.missing = {"tweets.labelled"}
        return 1

    bench.monkeypatch.setattr("tests.stream.kafka.fakes.FakeProducer.flush", flush)
    bench.arrive(tweets(3))
    with pytest.raises(BrokerError, match=r"a topic is missing: 'tweets\.labelled' was deleted"):
        run(bench.worker(classifier, kafka={"delivery": "at-least-once"}))
    assert ("commit", 0, 3) not in bench.member.calls
