"""Reading the settings: which source wins, what is refused, and what is never shown."""

import os
import socket
from pathlib import Path

import pytest

from model.errors import UsageError
from stream.settings import Settings, environment_name, load_settings, masked, setting_rows

CONTRACT = {
    "WARBLE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "WARBLE_KAFKA__CONNECT_TIMEOUT_S": "30",
    "WARBLE_KAFKA__INPUT_TOPIC": "tweets",
    "WARBLE_KAFKA__OUTPUT_TOPIC": "tweets.labelled",
    "WARBLE_KAFKA__DEAD_LETTER_TOPIC": "tweets.dead",
    "WARBLE_KAFKA__GROUP_ID": "warble",
    "WARBLE_KAFKA__INSTANCE_ID": "host name",
    "WARBLE_KAFKA__DELIVERY": "exactly-once",
    "WARBLE_KAFKA__PROPERTIES": "{}",
    "WARBLE_MODEL__BUNDLE": "brands",
    "WARBLE_MODEL__DEVICE": "auto",
    "WARBLE_MODEL__ENGINE": "auto",
    "WARBLE_BATCH__MAX_TWEETS": None,
    "WARBLE_BATCH__MAX_TOKENS": None,
    "WARBLE_BATCH__MAX_WAIT_MS": None,
    "WARBLE_INPUT__FORMAT": "json",
    "WARBLE_INPUT__MAX_BYTES": "65536",
    "WARBLE_INPUT__TEXT_FIELD": "text",
    "WARBLE_INPUT__ID_FIELD": "id",
    "WARBLE_OUTPUT__INCLUDE_TEXT": "false",
    "WARBLE_HTTP__HOST": "0.0.0.0",  # noqa: S104 -- the default that is tested
    "WARBLE_HTTP__PORT": "8000",
}
CHOICES = {
    "WARBLE_KAFKA__ON_LOST_RECORDS": ("resume", "stop"),
    "WARBLE_KAFKA__DELIVERY": ("exactly-once", "at-least-once"),
    "WARBLE_MODEL__DEVICE": ("auto", "cpu", "gpu"),
    "WARBLE_MODEL__ENGINE": ("auto", "onnx", "tensorflow"),
    "WARBLE_INPUT__FORMAT": ("json", "text", "twitter-v1", "twitter-v2"),
}
OTHER_VALUES = {
    "WARBLE_KAFKA__BOOTSTRAP_SERVERS": ("one:1,two:2", "one:1,two:2"),
    "WARBLE_KAFKA__CONNECT_TIMEOUT_S": ("1.5", 1.5),
    "WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S": ("7", 7.0),
    "WARBLE_KAFKA__INPUT_TOPIC": ("in", "in"),
    "WARBLE_KAFKA__OUTPUT_TOPIC": ("out", "out"),
    "WARBLE_KAFKA__DEAD_LETTER_TOPIC": ("dead", "dead"),
    "WARBLE_KAFKA__GROUP_ID": ("others", "others"),
    "WARBLE_KAFKA__INSTANCE_ID": ("pod-3", "pod-3"),
    "WARBLE_KAFKA__DELIVERY": ("at-least-once", "at-least-once"),
    "WARBLE_KAFKA__PROPERTIES": ('{"client.id": "c"}', {"client.id": "c"}),
    "WARBLE_MODEL__BUNDLE": ("./mine", "./mine"),
    "WARBLE_MODEL__DEVICE": ("gpu", "gpu"),
    "WARBLE_MODEL__ENGINE": ("tensorflow", "tensorflow"),
    "WARBLE_MODEL__PUBLIC_KEY": ("public.pem", "public.pem"),
    "WARBLE_BATCH__MAX_TWEETS": ("9", 9),
    "WARBLE_BATCH__MAX_TOKENS": ("512", 512),
    "WARBLE_BATCH__MAX_WAIT_MS": ("0", 0.0),
    "WARBLE_INPUT__FORMAT": ("twitter-v2", "twitter-v2"),
    "WARBLE_INPUT__MAX_BYTES": ("10", 10),
    "WARBLE_INPUT__TEXT_FIELD": ("tweet.text", "tweet.text"),
    "WARBLE_INPUT__ID_FIELD": ("tweet.id", "tweet.id"),
    "WARBLE_OUTPUT__INCLUDE_TEXT": ("true", True),
    "WARBLE_HTTP__HOST": ("127.0.0.1", "127.0.0.1"),
    "WARBLE_HTTP__PORT": ("0", 0),
    "WARBLE_HTTP__STALLED_AFTER_S": ("90", 90.0),
    "WARBLE_KAFKA__ON_LOST_RECORDS": ("stop", "stop"),
    "WARBLE_BREAKER__MAX_DEAD_SHARE": ("0.5", 0.5),
    "WARBLE_BREAKER__WINDOW": ("200", 200),
    "WARBLE_DRIFT__WINDOW": ("20000", 20_000),
    "WARBLE_DRIFT__MIN_TWEETS": ("500", 500),
}
SECRETS = (
    "sasl.password",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.client.credentials.client.secret",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.jaas.config",
    "SASL.Password",
    "sasl.passwrod",
    "password",
    "https.proxy",
    "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.extensions",
    "sasl.kerberos.kinit.cmd",
    "ssl.certificate.pem",
    "secret.ms",
    "of.tomorrow",
)


def value_of(settings: Settings, name: str) -> object:
    section, field = name.removeprefix("WARBLE_").lower().split("__")
    return getattr(getattr(settings, section), field)


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        load_settings()
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def toml(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "warble.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_setting_of_the_contract_is_there_with_its_default() -> None:
    defaults = {row.name: row.default for row in setting_rows()}
    assert CONTRACT.keys() <= defaults.keys()
    assert {name: defaults[name] for name, default in CONTRACT.items() if default is not None} == {
        name: default for name, default in CONTRACT.items() if default is not None
    }


def test_documented_defaults_are_what_is_loaded() -> None:
    settings = load_settings()
    for row in setting_rows():
        if row.default not in ("host name", "none"):
            loaded = value_of(settings, row.name)
            text = f"{loaded:g}" if isinstance(loaded, float) else str(loaded)
            assert (text.lower() if isinstance(loaded, bool) else text) == row.default


def test_every_setting_says_what_it_means() -> None:
    rows = list(setting_rows())
    assert all(row.meaning.endswith(".") or "codes" in row.meaning for row in rows)
    assert {row.name: row.choices for row in rows if row.choices} == CHOICES


def test_the_instance_id_is_the_host_name() -> None:
    assert load_settings().kafka.instance_id == socket.gethostname()


def test_the_table_of_other_values_covers_every_setting() -> None:
    assert OTHER_VALUES.keys() == {row.name for row in setting_rows()}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_the_environment_sets(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = OTHER_VALUES[name]
    monkeypatch.setenv(name, text)
    assert value_of(load_settings(), name) == value


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = toml(tmp_path, '[kafka]\ngroup_id = "file"\ninput_topic = "file.in"\n[batch]\nmax_tweets = 3\n')
    monkeypatch.setenv("WARBLE_KAFKA__GROUP_ID", "environment")
    settings = load_settings(config)
    assert settings.kafka.group_id == "environment"
    assert settings.kafka.input_topic == "file.in"
    assert settings.batch.max_tweets == 3
    assert settings.kafka.output_topic == "tweets.labelled"


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLE_KAFKA__GROUP_ID", "environment")
    monkeypatch.setenv("WARBLE_KAFKA__INPUT_TOPIC", "in")
    settings = load_settings(kafka={"group_id": "argument"})
    assert (settings.kafka.group_id, settings.kafka.input_topic) == ("argument", "in")


def test_one_file_leaves_no_trace_in_the_next_load(tmp_path: Path) -> None:
    load_settings(toml(tmp_path, '[kafka]\ngroup_id = "file"\n'))
    assert load_settings().kafka.group_id == "warble"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("WARBLE_KAFKA__GRUP_ID", "WARBLE_KAFKA__GROUP_ID"),
        ("WARBLE_KAFKA_GROUP_ID", "WARBLE_KAFKA__GROUP_ID"),
        ("WARBLE_MODEL__BUNDEL", "WARBLE_MODEL__BUNDLE"),
        ("WARBLE_PORT", "WARBLE_HTTP__PORT"),
        ("warble_model__engine", "WARBLE_MODEL__ENGINE"),
        ("Warble_Http__Port", "WARBLE_HTTP__PORT"),
        ("WARBLE_KAFKA", "WARBLE_KAFKA__"),
        ("WARBLE_KAFKA__PROPERTIES__SASL", "WARBLE_KAFKA__PROPERTIES"),
        ("WARBLE_CONFIG_FILE", "WARBLE_"),
        ("WARBLE_", "WARBLE_"),
    ],
)
def test_an_unknown_name_in_the_environment_is_refused_with_the_nearest(
    name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refusal(monkeypatch, name, "hunter2")
    assert f"unknown setting {name} " in message
    assert f"did you mean {nearest}" in message
    assert "hunter2" not in message


def test_names_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLER", "a bird")
    assert load_settings().kafka.group_id == "warble"


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("[kafka]\ngrup_id = 'x'\n", "kafka.grup_id", "kafka.group_id"),
        ("[kafak]\ngroup_id = 'x'\n", "kafak", "kafka."),
        ("group_id = 'x'\n", "group_id", "kafka.group_id"),
        ("config_file = 'x'\n", "config_file", "."),
    ],
)
def test_an_unknown_name_in_the_file_is_refused_with_the_nearest(
    text: str, unknown: str, nearest: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(toml(tmp_path, text))
    assert f"unknown setting {unknown}: did you mean" in str(caught.value)
    assert nearest in str(caught.value).partition("did you mean")[2]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml cannot be read: No such file"):
        load_settings(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("content", [b"[kafka\n", b'[kafka]\ngroup_id = "\xff"\n', b"\xef\xbb\xbf["])
def test_a_file_that_is_not_toml_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "warble.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"warble\.toml is not TOML"):
        load_settings(path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WARBLE_KAFKA__DELIVERY", "twice", "'exactly-once' or 'at-least-once', received 'twice'"),
        ("WARBLE_KAFKA__CONNECT_TIMEOUT_S", "inf", "received 'inf'"),
        ("WARBLE_KAFKA__CONNECT_TIMEOUT_S", "nan", "received 'nan'"),
        ("WARBLE_KAFKA__CONNECT_TIMEOUT_S", "0", "received '0'"),
        ("WARBLE_KAFKA__SHUTDOWN_TIMEOUT_S", "infinity", "received 'infinity'"),
        ("WARBLE_KAFKA__INPUT_TOPIC", "a b", "received 'a b'"),
        ("WARBLE_KAFKA__INPUT_TOPIC", "", "received ''"),
        ("WARBLE_KAFKA__BOOTSTRAP_SERVERS", "", "received ''"),
        ("WARBLE_KAFKA__GROUP_ID", "", "received ''"),
        ("WARBLE_BATCH__MAX_WAIT_MS", "nan", "received 'nan'"),
        ("WARBLE_BATCH__MAX_WAIT_MS", "-inf", "received '-inf'"),
        ("WARBLE_BATCH__MAX_WAIT_MS", "-1", "received '-1'"),
        ("WARBLE_BATCH__MAX_TWEETS", "0", "received '0'"),
        ("WARBLE_BATCH__MAX_TWEETS", "many", "received 'many'"),
        # librdkafka hands out at most a million records at once.
        ("WARBLE_BATCH__MAX_TWEETS", "1000001", "received '1000001'"),
        ("WARBLE_INPUT__FORMAT", "xml", "received 'xml'"),
        ("WARBLE_INPUT__TEXT_FIELD", "a..b", "received 'a..b'"),
        ("WARBLE_INPUT__MAX_BYTES", "-5", "received '-5'"),
        ("WARBLE_OUTPUT__INCLUDE_TEXT", "maybe", "received 'maybe'"),
        ("WARBLE_HTTP__PORT", "65536", "received '65536'"),
        ("WARBLE_MODEL__ENGINE", "torch", "received 'torch'"),
        # Not "no key": that would switch the check off where a variable was not filled in.
        ("WARBLE_MODEL__PUBLIC_KEY", "", "received ''"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_repeated(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refusal(monkeypatch, name, value)
    assert f"setting {name}: " in message
    assert said in message


@pytest.mark.parametrize(("output", "dead"), [("tweets", "tweets.dead"), ("out", "out"), ("tweets.labelled", "tweets")])
def test_the_three_topics_must_differ(output: str, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLE_KAFKA__OUTPUT_TOPIC", output)
    message = refusal(monkeypatch, "WARBLE_KAFKA__DEAD_LETTER_TOPIC", dead)
    assert "must be three different topics" in message
    assert f"'{output}'" in message
    assert f"'{dead}'" in message


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_masked(name: str) -> None:
    settings = load_settings(kafka={"properties": {name: "hunter2", "client.id": "shown"}})
    shown = masked(settings)["kafka"]["properties"]
    assert shown == {name: "********", "client.id": "shown"}
    assert settings.kafka.properties[name] == "hunter2"


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "broken",
    [
        '{{"{name}": "hunter2"',
        '{{"{name}": hunter2}}',
        '"{name}=hunter2"',
        '["{name}", "hunter2"]',
        "{name}=hunter2",
        '{{"{name}": {{"value": "hunter2"}}}}',
        '{{"{name}": ["hunter2"]}}',
        '{{"{name}": "hunter2", "x": null}}',
        '{{"{name}": "hunter2", "acks": "0"}}',
    ],
)
def test_no_error_shows_a_secret(name: str, broken: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = broken.format(name=name)
    monkeypatch.setenv("WARBLE_KAFKA__PROPERTIES", text)
    with pytest.raises(UsageError) as from_environment:
        load_settings()
    monkeypatch.delenv("WARBLE_KAFKA__PROPERTIES")
    with pytest.raises(UsageError) as from_file:
        load_settings(toml(tmp_path, f"[kafka]\nproperties = '{text}'\n"))
    for error in (from_environment.value, from_file.value):
        context = error.__context__
        assert "hunter2" not in f"{error} {error!r} {context} {context!r} {error.__cause__!r}"


def test_no_error_of_another_setting_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARBLE_KAFKA__PROPERTIES", '{"sasl.password": "hunter2"}')
    message = refusal(monkeypatch, "WARBLE_KAFKA__OUTPUT_TOPIC", "tweets")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "text",
    [
        "[kafka.properties]\nsasl.password = 'hunter2'\n",
        "kafka = 'sasl.password=hunter2'\n",
        "[kafka]\nproperty = { 'sasl.password' = 'hunter2' }\n",
        "[[kafka]]\nproperties = { 'sasl.password' = 'hunter2' }\n",
    ],
)
def test_no_error_of_a_file_shows_a_secret(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(toml(tmp_path, text))
    assert "hunter2" not in f"{caught.value} {caught.value!r} {caught.value.__context__!r}"


def test_environment_names_follow_the_path() -> None:
    assert environment_name("kafka", "group_id") == "WARBLE_KAFKA__GROUP_ID"


def test_loading_leaves_the_environment_as_it_was() -> None:
    before = dict(os.environ)
    load_settings()
    assert dict(os.environ) == before


def test_a_boolean_in_the_file_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="WARBLE_HTTP__PORT: a boolean does not fit here"):
        load_settings(toml(tmp_path, "[http]\nport = true\n"))
