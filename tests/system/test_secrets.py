"""A secret among the librdkafka properties shows nowhere, whatever goes wrong. No broker is needed for that."""

import json
import urllib.request
from pathlib import Path

import pytest

from tests.system.commands import environment, start, warble

SECRET = "hunter2-hunter2"  # noqa: S105 -- it is what must not show
KEY = f"-----BEGIN PRIVATE KEY-----\n{SECRET}{SECRET}\n-----END PRIVATE KEY-----\n"
NOWHERE = {"KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1", "KAFKA__CONNECT_TIMEOUT_S": "3", "HTTP__PORT": "0"}
PLAIN = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "warble"}
OIDC = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.oauthbearer.method": "oidc",
    "sasl.oauthbearer.client.id": "warble",
    "sasl.oauthbearer.client.secret": SECRET,
    "sasl.oauthbearer.token.endpoint.url": f"https://warble:{SECRET}@127.0.0.1:1/token",
}


def test_a_worker_that_waits_for_a_broker_shows_no_secret_anywhere() -> None:
    properties = OIDC | {"debug": "all"}
    env = environment(**NOWHERE, KAFKA__PROPERTIES=json.dumps(properties))
    with start("worker", env=env) as worker:
        assert worker.stderr is not None
        assert worker.stdout is not None
        said = b""
        while b'"http_listening"' not in said:
            line = worker.stderr.readline()
            assert line, said.decode()
            said += line
        port = json.loads(said.splitlines()[-1])["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            metrics = answer.read()
        title = Path(f"/proc/{worker.pid}/cmdline").read_bytes() + Path(f"/proc/{worker.pid}/comm").read_bytes()
        said += worker.stderr.read()
        out = worker.stdout.read()
    assert worker.returncode == 4
    assert b"warble_build_info" in metrics
    # It did log what librdkafka has to say, and the line that would hold the secret.
    assert b"Failed to retrieve OIDC token from" in said
    assert b"********" in said
    for place in (said, out, metrics, title):
        assert SECRET.encode() not in place


@pytest.mark.parametrize(
    ("properties", "code", "complaint"),
    [
        (PLAIN | {"sasl.password": SECRET}, 4, "no broker answered at"),
        (PLAIN | {"sasl.passwrod": SECRET}, 2, 'No such configuration property: "sasl.passwrod"'),
        ({"security.protocol": "SSL", "ssl.key.pem": KEY}, 2, "ssl.key.pem failed"),
        (
            {"security.protocol": "SSL", "ssl.keystore.location": "/nowhere", "ssl.keystore.password": SECRET},
            2,
            "ssl.keystore.location",
        ),
        ({"sasl.jaas.config": f"password={SECRET}"}, 2, "JAAS"),
    ],
)
def test_a_worker_that_cannot_start_says_why_and_no_secret(
    properties: dict[str, str], code: int, complaint: str
) -> None:
    env = environment(**NOWHERE | {"KAFKA__CONNECT_TIMEOUT_S": "0.1"}, KAFKA__PROPERTIES=json.dumps(properties))
    ended = warble("worker", env=env)
    assert ended.code == code
    assert complaint in ended.err.splitlines()[-1]
    assert SECRET not in ended.out + ended.err


@pytest.mark.parametrize("text", [f'{{"sasl.password": "{SECRET}"', f'["{SECRET}"]'])
def test_malformed_properties_are_refused_and_not_repeated(text: str) -> None:
    ended = warble("worker", env=environment(KAFKA__PROPERTIES=text))
    assert "WARBLE_KAFKA__PROPERTIES" in ended.complaint(2)
    assert SECRET not in ended.out + ended.err


def test_a_file_that_does_not_fit_is_refused_and_not_repeated(tmp_path: Path) -> None:
    config = tmp_path / "warble.toml"
    config.write_text(f'[kafka.properties]\n"sasl.password" = ["{SECRET}"]\n')
    ended = warble("worker", "--config", str(config), env=environment())
    ended.complaint(2)
    assert SECRET not in ended.out + ended.err


def test_the_settings_and_the_help_show_no_secret() -> None:
    env = environment(KAFKA__PROPERTIES=json.dumps(OIDC | {"sasl.password": SECRET, "ssl.key.pem": KEY}))
    shown = "\n".join(warble("settings", env=env).lines())
    assert json.loads(shown)["WARBLE_KAFKA__PROPERTIES"] == {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "OAUTHBEARER",
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "warble",
        "sasl.oauthbearer.client.secret": "********",
        "sasl.oauthbearer.token.endpoint.url": "********",
        "sasl.password": "********",
        "ssl.key.pem": "********",
    }
    helped = warble("worker", "--help", env=env)
    assert SECRET not in shown + helped.out + helped.err
