"""The settings themselves: what each means, its default and what fits."""

import socket
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from stream.settings.reserved import RESERVED_PROPERTIES

PREFIX = "WARBLE_"
DELIMITER = "__"

Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[^.]+(\.[^.]+)*$")]
Name = Annotated[str, StringConstraints(min_length=1)]


def _parse_properties(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        # The text itself is not repeated: it may hold a password.
        raise ValueError(
            f'expected a JSON object like {{"security.protocol": "SSL"}}, the text is not JSON ({error})'
        ) from None


class _Section(BaseModel):
    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_boolean_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        # Only a file can say true here: pydantic would read it as 1.
        if isinstance(value, bool) and info.field_name and cls.model_fields[info.field_name].annotation is not bool:
            raise ValueError("a boolean does not fit here")
        return value


class KafkaSettings(_Section):
    """Where the tweets come from and where the results go."""

    bootstrap_servers: Name = "127.0.0.1:9092"
    """Brokers to ask first: HOST:PORT, several separated by commas."""
    connect_timeout_s: PositiveFloat = 30
    """How long to wait for the first answer of a broker, in seconds, before giving up with exit code 4."""
    input_topic: Topic = "tweets"
    """Topic of raw tweets."""
    output_topic: Topic = "tweets.labelled"
    """Topic of labelled results."""
    dead_letter_topic: Topic = "tweets.dead"
    """Topic of what could not be labelled, with its reason."""
    group_id: Name = "warble"
    """Consumer group; workers of one group share the partitions."""
    instance_id: Name = Field(default_factory=socket.gethostname, json_schema_extra={"shown": "host name"})
    """This worker's own lasting name; two live workers of a group need two (a StatefulSet's pod name)."""
    delivery: Literal["exactly-once", "at-least-once"] = "exactly-once"
    """exactly-once publishes results and offsets in one transaction; at-least-once may repeat after a crash."""
    on_lost_records: Literal["resume", "stop"] = "resume"
    """Where unread records are gone (retention, a recreated topic): resume at the earliest, or stop (exit code 4)."""
    shutdown_timeout_s: PositiveFloat = 30
    """How long a stop may take to finish and commit the batch in hand, in seconds."""
    properties: Annotated[dict[str, str], NoDecode] = Field(
        default_factory=dict, json_schema_extra={"shown": "{}"}, repr=False
    )
    """Further librdkafka properties as a JSON object (SASL, TLS, tuning), except those of the guarantee."""

    @field_validator("properties", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        value = _parse_properties(value)
        if not isinstance(value, dict):
            raise ValueError(f"expected a JSON object, received {type(value).__name__}")  # noqa: TRY004 -- pydantic reports ValueErrors
        return {key: _property_text(key, item) for key, item in value.items()}

    @field_validator("properties")
    @classmethod
    def _none_reserved(cls, value: dict[str, str]) -> dict[str, str]:
        reserved = sorted(RESERVED_PROPERTIES & value.keys())
        if reserved:
            raise ValueError(f"{', '.join(reserved)} cannot be set here: the worker sets it itself, remove it")
        return value

    @model_validator(mode="after")
    def _three_topics(self) -> Self:
        if len({self.input_topic, self.output_topic, self.dead_letter_topic}) < len(("in", "out", "dead")):
            raise ValueError(
                f"the input topic '{self.input_topic}', the output topic '{self.output_topic}' and the dead-letter "
                f"topic '{self.dead_letter_topic}' must be three different topics"
            )
        return self


def _property_text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"'{key}' must be a string, a number or a boolean, received {type(value).__name__}")


class ModelSettings(_Section):
    """Which model labels, and where it runs."""

    bundle: Name = "brands"
    """A shipped bundle's name, or a path to a bundle directory."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """auto takes a GPU where TensorFlow sees one."""
    engine: Literal["auto", "onnx", "tensorflow"] = "auto"
    """auto takes ONNX Runtime on CPU and TensorFlow on GPU."""
    public_key: Name | None = Field(default=None, json_schema_extra={"shown": "none"})
    """PEM file of an ed25519 public key; a bundle that it has not signed is refused."""


class BatchSettings(_Section):
    """How many tweets travel together."""

    # librdkafka hands out at most a million records at once.
    max_tweets: Annotated[int, Field(ge=1, le=1_000_000)] = 8_000
    """Most tweets of one batch, which is also one transaction."""
    max_tokens: PositiveInt = 16_384
    """Most padded tokens (tweets x longest tweet) of one call of the network."""
    max_wait_ms: NonNegativeFloat = 20
    """How long the first tweet of a batch may wait for company, in milliseconds; half as long at the broker before."""

    @property
    def gather_ms(self) -> float:
        """How long the broker may gather records before it hands them over."""
        return self.max_wait_ms / 2


class InputSettings(_Section):
    """How a record is read."""

    format: Literal["json", "text", "twitter-v1", "twitter-v2"] = "json"
    """json: an object with a text field; text: the whole value; twitter-v1, twitter-v2: Twitter's own objects."""
    max_bytes: PositiveInt = 65_536
    """Longest value that is read, in bytes; longer ones become dead letters (too-large)."""
    text_field: FieldPath = "text"
    """Dotted path of the text (format json)."""
    id_field: FieldPath = "id"
    """Dotted path of the id (format json)."""


class OutputSettings(_Section):
    """What a result holds."""

    include_text: bool = False
    """Whether each result repeats the tweet's text."""


class BreakerSettings(_Section):
    """When so many dead letters are a mistake of ours."""

    max_dead_share: Annotated[float, Field(ge=0, le=1)] = 1
    """Largest share of dead letters among the last outcomes; beyond it the worker stops with exit code 2. 1: never."""
    # All of them are looked through after each batch.
    window: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """How many of the last outcomes are looked at, after each batch and not before there are as many."""


class DriftSettings(_Section):
    """Over how many tweets the stream is compared with what the model was judged by."""

    window: Annotated[int, Field(ge=100, le=10_000_000)] = 10_000
    """How many of the last labelled tweets are compared with the bundle's reference."""
    min_tweets: Annotated[int, Field(ge=1)] = 1_000
    """How many of them there must be before drift is told; NaN until then."""

    @model_validator(mode="after")
    def _window_can_hold_them(self) -> Self:
        if self.min_tweets > self.window:
            raise ValueError(f"the window of {self.window} tweets never holds the {self.min_tweets} of min_tweets")
        return self


class HttpSettings(_Section):
    """Where metrics and health answer."""

    host: Name = "0.0.0.0"  # noqa: S104 -- a scraper comes from another host; 127.0.0.1 keeps it local
    """Address to listen on; 127.0.0.1 keeps it on this host."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8_000
    """Port to listen on; 0 takes a free one, which the log event http_listening names."""
    stalled_after_s: PositiveFloat = 60
    """How long a partition may stand still, with lag and a broker that answers, before /livez is red, in seconds."""


class Settings(BaseSettings):
    """All settings. Names: WARBLE_SECTION__NAME in the environment, [section] name in a TOML file."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )
    config_file: ClassVar[Path | None] = None

    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    batch: BatchSettings = Field(default_factory=BatchSettings)
    input: InputSettings = Field(default_factory=InputSettings)
    output: OutputSettings = Field(default_factory=OutputSettings)
    breaker: BreakerSettings = Field(default_factory=BreakerSettings)
    drift: DriftSettings = Field(default_factory=DriftSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (of tests), then the environment, then the file."""
        if cls.config_file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=cls.config_file)
