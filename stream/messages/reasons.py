"""The closed list of why a record becomes a dead letter."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a record could not be labelled: header of the dead letter, label of the metric, row in the README."""

    NOT_UTF8 = "not-utf8"
    """The value is not UTF-8."""
    NOT_JSON = "not-json"
    """The value is not strict JSON (RFC 8259)."""
    NOT_OBJECT = "not-object"
    """The value is JSON, but no object."""
    NO_TEXT = "no-text"
    """The text field is missing or null."""
    TEXT_NOT_STRING = "text-not-string"
    """The text field is not a string."""
    TOMBSTONE = "tombstone"
    """The value is null."""
    TOO_LARGE = "too-large"
    """The value is longer than WARBLE_INPUT__MAX_BYTES, or its result does not fit into the output topic."""
    PREDICT_FAILED = "predict-failed"
    """The model fails on this tweet, also when it is alone in a batch."""
