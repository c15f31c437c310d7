"""Any bytes as a settings file, or as the values of the environment."""

import os
import tempfile
from pathlib import Path
from unittest import mock

from model.errors import UsageError
from stream.settings import Settings, load_settings, masked, setting_rows

_NAMES = sorted(row.name for row in setting_rows())

WORDS = (
    *(b"[kafka]\n", b"[input]\n", b"[batch]\n", b"[http]\n", b"[kafka.properties]\n", b'"""', b"'''"),
    *(b'"security.protocol" = "SSL"\n', b'{"sasl.password": "', b'"}', b"= true\n", b"= 1e999\n", b"= nan\n"),
    *(b"port = ", b"max_tweets = ", b"input_topic = ", b"1979-05-27T07:32:00Z", b"\\u0000", b"0x10", b"\n\n", b"\0"),
)


def feed(content: bytes) -> Settings | None:
    """Load settings; the first byte decides whether the rest is a file or an environment."""
    with tempfile.TemporaryDirectory() as directory:
        if content[:1] < b"\x80":
            config = Path(directory) / "settings.toml"
            config.write_bytes(content[1:])
            return _loaded(config, {})
        return _loaded(None, dict(map(_variable, content[1:].split(b"\n"))))


def _variable(line: bytes) -> tuple[str, str]:
    """Make a variable of a line: its first byte chooses a real name, or one that nothing reads."""
    value = line[1:].replace(b"\0", b"").decode("utf-8", "surrogateescape")
    number = line[0] if line else 0
    if number == 0xFF:
        return "WARBLE_" + value.replace("=", ""), "1"
    return _NAMES[number % len(_NAMES)], value


def _loaded(config: Path | None, environment: dict[str, str]) -> Settings | None:
    with mock.patch.dict(os.environ, environment):
        try:
            settings = load_settings(config)
        except UsageError:
            return None
    masked(settings)
    return settings


def seeds() -> list[bytes]:
    files = (
        b"",
        b'[kafka]\nbootstrap_servers = "one:1"\nproperties = { "sasl.password" = "hush", "client.id" = "c" }\n',
        b'[batch]\nmax_tweets = 10\nmax_wait_ms = 0.5\n[http]\nport = 0\nhost = "::1"\n',
        b'[input]\nformat = "twitter-v2"\ntext_field = "a.b"\n[output]\ninclude_text = true\n',
        b'[kafka.properties]\n"ssl.ca.location" = "ca.pem"\n"linger.ms" = 5\n"socket.keepalive.enable" = true\n',
        b"kafka = 5\n",
        b"[nothing]\nreads = 'this'\n",
    )
    properties = bytes([0x80 + _NAMES.index("WARBLE_KAFKA__PROPERTIES")])
    variables = [
        *(bytes([0x80, number]) + value for number in range(len(_NAMES)) for value in (b"7", b"true", b"")),
        b"\x80\xffKAFKA__TOPIC",
    ]
    variables += [b"\x80" + bytes([properties[0] - 0x80]) + value for value in (b'{"a": "b"}', b"{", b'{"a": [1]}')]
    return [*(b"\0" + content for content in files), *variables]
