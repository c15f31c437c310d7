"""How a file may hold its tweets."""

from enum import StrEnum


class FileFormat(StrEnum):
    """How a file holds its tweets."""

    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"
