"""One span a batch, from the tweets' contexts to the results'."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode, TraceFlags
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from model.classifier import Classifier
from stream.settings import KafkaSettings
from stream.tracing.spans import MOST_LINKS, BatchTracer
from stream.worker import Worker
from tests.factories import tiny_bundle
from tests.stream.kafka.fakes import Headers, Sent
from tests.stream.kafka.readers import assigned
from tests.stream.records import kafka_exception, record
from tests.stream.workers import WorkerBench

KAFKA = KafkaSettings(group_id="crew", instance_id="worker-1")
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def traceparent(number: int = 0) -> bytes:
    return f"00-{TRACE}-{int(PARENT, 16) + number:016x}-01".encode()


def carrying(*pairs: tuple[str, str | bytes | None]) -> Headers:
    return [("other", b"kept"), *pairs]


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exported: InMemorySpanExporter) -> Iterator[TracerProvider]:
    made = TracerProvider(shutdown_on_exit=False)
    made.add_span_processor(SimpleSpanProcessor(exported))
    yield made
    made.shutdown()


@pytest.fixture
def tracer(provider: TracerProvider) -> BatchTracer:
    return BatchTracer(provider, KAFKA, "1.0")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier.load(str(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")), engine="onnx", threads=1)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> WorkerBench:
    made = WorkerBench(monkeypatch)
    made.play(assigned(0))
    return made


def only(exported: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exported.get_finished_spans()
    return span


def arrive(bench: WorkerBench, *headers: Headers, text: str = "I love my ipad") -> None:
    for offset, one in enumerate(headers):
        bench.play(record(json.dumps({"text": text}).encode(), offset=offset, headers=one))


def run(worker: Worker, bench: WorkerBench, published: int) -> list[Sent]:
    """Work until so many outcomes are committed, and return them."""

    def idle() -> None:
        if len(bench.broker.committed) >= published:
            worker.stop()

    bench.member.idle = idle
    with capture_logs():
        worker.run()
    return bench.broker.committed


def test_a_batch_is_one_span_linked_to_the_contexts_of_its_tweets(
    bench: WorkerBench, classifier: Classifier, tracer: BatchTracer, exported: InMemorySpanExporter
) -> None:
    arrive(bench, carrying(("traceparent", traceparent())), carrying(), carrying(("traceparent", traceparent(1))))
    run(bench.worker(classifier, tracer=tracer, batch={"max_tweets": 3}), bench, 3)
    span = only(exported)
    assert (span.name, span.kind, span.parent) == ("process tweets", SpanKind.CONSUMER, None)
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "tweets",
        "messaging.consumer.group.name": "crew",
        "messaging.client.id": "worker-1",
        "messaging.batch.message_count": 3,
    }
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE, TRACE]
    assert [f"{link.context.span_id:016x}" for link in span.links] == [PARENT, f"{int(PARENT, 16) + 1:016x}"]
    assert [dict(link.attributes or {}) for link in span.links] == [
        {"messaging.destination.partition.id": "0", "messaging.kafka.offset": offset} for offset in (0, 2)
    ]


@pytest.mark.parametrize("value", [b"no json", json.dumps({"text": "I love my ipad"}).encode()])
def test_the_span_s_context_takes_the_place_of_the_tweet_s_in_results_and_dead_letters(
    bench: WorkerBench, classifier: Classifier, tracer: BatchTracer, exported: InMemorySpanExporter, value: bytes
) -> None:
    headers = carrying(("traceparent", traceparent()), ("tracestate", b"vendor=1"))
    bench.play(record(value, headers=headers), record(value, offset=1, headers=None))
    published = run(bench.worker(classifier, tracer=tracer, batch={"max_tweets": 2}), bench, 2)
    context = only(exported).context
    ours = ("traceparent", f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode())
    assert context.trace_flags.sampled
    carried = [[pair for pair in sent.headers or [] if not pair[0].startswith("warble-")] for sent in published]
    assert carried == [[("other", b"kept"), ours], [ours]]


def test_without_tracing_headers_stay_as_they_are(bench: WorkerBench, classifier: Classifier) -> None:
    headers = carrying(("traceparent", traceparent()), ("tracestate", b"vendor=1"))
    arrive(bench, headers)
    (sent,) = run(bench.worker(classifier), bench, 1)
    assert sent.headers == headers


def test_a_batch_that_was_taken_back_is_a_failed_span(
    bench: WorkerBench, classifier: Classifier, tracer: BatchTracer, exported: InMemorySpanExporter
) -> None:
    bench.broker.plan("commit", kafka_exception(KafkaError._FAIL, abort=True))  # noqa: SLF001 -- the public name
    arrive(bench, carrying())
    worker = bench.worker(classifier, tracer=tracer, batch={"max_tweets": 1})
    bench.member.idle = lambda: worker.stop() if "abort" in bench.broker.calls else None
    with capture_logs():
        worker.run()
    span = only(exported)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "RewindError"


def test_an_error_that_ends_the_worker_ends_the_span_too(tracer: BatchTracer, exported: InMemorySpanExporter) -> None:
    trace = tracer.begin([record()], 0.0)
    with pytest.raises(RuntimeError, match="the end"), trace.publishing():
        raise RuntimeError("the end")
    assert only(exported).status.description == "the end"


def test_a_span_begins_when_its_first_record_came(tracer: BatchTracer, exported: InMemorySpanExporter) -> None:
    with tracer.begin([record()], 5.0).publishing():
        pass
    span = only(exported)
    assert ((span.end_time or 0) - (span.start_time or 0)) / 1e9 >= 5


def test_links_are_capped_and_the_others_counted(exported: InMemorySpanExporter) -> None:
    provider = TracerProvider(span_limits=SpanLimits(max_links=10_000), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exported))
    tracer = BatchTracer(provider, KAFKA, "1.0")
    many = [
        record(offset=number, headers=carrying(("traceparent", traceparent(number))))
        for number in range(MOST_LINKS + 7)
    ]
    with tracer.begin(many, 0.0).publishing():
        pass
    span = only(exported)
    assert len(span.links) == MOST_LINKS
    assert (span.attributes or {})["warble.links.omitted"] == 7


def test_tweets_of_one_context_share_a_link(tracer: BatchTracer, exported: InMemorySpanExporter) -> None:
    headers = carrying(("traceparent", traceparent()), ("tracestate", b"vendor=1"))
    with tracer.begin([record(offset=number, headers=headers) for number in range(500)], 0.0).publishing():
        pass
    (link,) = only(exported).links
    assert link.context.trace_state.get("vendor") == "1"


@pytest.mark.parametrize(
    "value", [None, b"", b"\xff\xfe", b"00-0-0-00", b"hello", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"]
)
def test_a_context_that_is_none_is_passed_over(
    tracer: BatchTracer, exported: InMemorySpanExporter, value: bytes | None
) -> None:
    with tracer.begin([record(headers=carrying(("traceparent", value), ("tracestate", b"\xff")))], 0.0).publishing():
        pass
    assert not only(exported).links


def exemplars(bench: WorkerBench) -> dict[str, set[str]]:
    """Trace ids by the metric, and stage, that names them."""
    page = generate_latest(bench.metrics.registry).decode()  # type: ignore[no-untyped-call]
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            if sample.exemplar is not None:
                name = f"{family.name} {sample.labels.get('stage', '')}".strip()
                found.setdefault(name, set()).add(sample.exemplar.labels["trace_id"])
    return found


def test_latency_and_stages_name_the_trace_in_openmetrics(
    bench: WorkerBench, classifier: Classifier, tracer: BatchTracer, exported: InMemorySpanExporter
) -> None:
    arrive(bench, carrying())
    run(bench.worker(classifier, tracer=tracer, batch={"max_tweets": 1}), bench, 1)
    trace_id = f"{only(exported).context.trace_id:032x}"
    stages = {f"warble_stage_seconds {stage}" for stage in ("queue", "predict", "publish", "commit")}
    assert exemplars(bench) == {name: {trace_id} for name in ("warble_latency_seconds", *stages)}


def test_a_trace_that_is_not_sampled_goes_on_but_nobody_is_sent_to_look_for_it(
    bench: WorkerBench, classifier: Classifier
) -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    arrive(bench, carrying())
    tracer = BatchTracer(provider, KAFKA, "1.0")
    (sent,) = run(bench.worker(classifier, tracer=tracer, batch={"max_tweets": 1}), bench, 1)
    header = dict(sent.headers or [])["traceparent"]
    assert isinstance(header, bytes)
    assert not int(header[-2:], 16) & TraceFlags.SAMPLED
    assert exemplars(bench) == {}


def test_without_tracing_no_measurement_names_a_trace(bench: WorkerBench, classifier: Classifier) -> None:
    arrive(bench, carrying(("traceparent", traceparent())))
    run(bench.worker(classifier, batch={"max_tweets": 1}), bench, 1)
    assert exemplars(bench) == {}


def test_the_worker_s_own_code_needs_no_opentelemetry() -> None:
    """A base install has none."""
    sources = Path(__file__).parents[3] / "stream"
    users = {
        path.relative_to(sources).as_posix() for path in sources.rglob("*.py") if "opentelemetry" in path.read_text()
    }
    assert users == {"tracing/choice.py", "tracing/spans.py"}
