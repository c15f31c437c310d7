"""What fits into a setting, librdkafka's properties above all."""

import pytest
from pydantic import ValidationError

from model.errors import UsageError
from stream.settings import InputSettings, KafkaSettings, load_settings
from stream.settings.reserved import RESERVED_PROPERTIES

GUARANTEE = {
    "enable.auto.commit",
    "isolation.level",
    "transactional.id",
    "group.instance.id",
    "enable.idempotence",
    "acks",
    "request.required.acks",
    "group.id",
    "bootstrap.servers",
    "auto.offset.reset",
    "partition.assignment.strategy",
}


PYTHON_OBJECTS = {"default.topic.config", "error_cb", "logger", "oauth_cb", "on_commit", "stats_cb", "throttle_cb"}


def test_the_guarantee_is_reserved() -> None:
    assert GUARANTEE <= RESERVED_PROPERTIES


def test_what_the_client_wants_as_a_python_object_is_reserved() -> None:
    assert PYTHON_OBJECTS <= RESERVED_PROPERTIES


@pytest.mark.parametrize("name", sorted(RESERVED_PROPERTIES))
def test_a_reserved_property_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} cannot be set here"):
        KafkaSettings.model_validate({"properties": {name: "1"}})


def test_all_reserved_properties_are_named_at_once() -> None:
    with pytest.raises(ValidationError, match=r"acks, group\.id cannot be set here"):
        KafkaSettings.model_validate({"properties": {"group.id": "x", "client.id": "fine", "acks": 0}})


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (5, "5"), (-1, "-1"), (1.5, "1.5"), ("as is", "as is"), ("", "")],
)
def test_a_property_may_be_a_string_a_number_or_a_boolean(value: object, text: str) -> None:
    kafka = KafkaSettings.model_validate({"properties": {"some.property": value}})
    assert kafka.properties == {"some.property": text}


def test_properties_come_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLE_KAFKA__PROPERTIES", '{"linger.ms": 5, "socket.keepalive.enable": true}')
    assert load_settings().kafka.properties == {"linger.ms": "5", "socket.keepalive.enable": "true"}


@pytest.mark.parametrize(("text", "received"), [("[]", "list"), ("5", "int"), ('"x"', "str"), ("null", "NoneType")])
def test_properties_that_are_no_object_are_refused(text: str, received: str) -> None:
    with pytest.raises(ValidationError, match=f"expected a JSON object, received {received}"):
        KafkaSettings.model_validate({"properties": text})


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "{a: 1}", '{"a": NaN}', '{"a": 1}}'])
def test_properties_that_are_no_json_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="the text is not JSON"):
        KafkaSettings.model_validate({"properties": text})


@pytest.mark.parametrize("value", [{"b": "c"}, ["b"], None])
def test_a_nested_property_is_refused_by_name(value: object) -> None:
    with pytest.raises(ValidationError, match=r"'a\.b' must be a string, a number or a boolean"):
        KafkaSettings.model_validate({"properties": {"a.b": value}})


@pytest.mark.parametrize("topic", ["a" * 249, "A-b_c.9", "tweets"])
def test_a_topic_is_named_as_kafka_allows(topic: str) -> None:
    assert KafkaSettings(input_topic=topic).input_topic == topic


@pytest.mark.parametrize("topic", ["a" * 250, "", "a/b", "a\n", "tweets ", "é"])
def test_a_topic_that_kafka_forbids_is_refused(topic: str) -> None:
    with pytest.raises(ValidationError):
        KafkaSettings(input_topic=topic)


@pytest.mark.parametrize("path", ["text", "a.b", "with space", "é.ü", "a.b.c"])
def test_a_field_is_a_dotted_path(path: str) -> None:
    assert InputSettings(text_field=path).text_field == path


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b"])
def test_an_empty_part_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        InputSettings(id_field=path)


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.kafka.__setattr__("group_id", "other")


def test_a_drift_window_must_be_able_to_hold_what_it_waits_for() -> None:
    with pytest.raises(UsageError, match="the window of 500 tweets never holds the 1000 of min_tweets"):
        load_settings(drift={"window": 500})
    assert load_settings(drift={"window": 500, "min_tweets": 500}).drift.window == 500
