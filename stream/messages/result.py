"""A labelled tweet as the JSON value of a result."""

from datetime import UTC, datetime
from typing import Any

import orjson


def rfc3339(seconds: float) -> str:
    """Return a Unix time as RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ResultEncoder:
    """Writes results of one model, read from one topic.

    labels: in the order of the probabilities. model: ``name@version``.
    """

    def __init__(self, *, labels: tuple[str, ...], task: str, model: str, topic: str) -> None:
        self._labels = labels
        self._task = task
        self._model = model
        self._topic = topic

    def encode(
        self,
        *,
        tweet_id: str,
        label: int,
        probabilities: list[float],
        partition: int,
        offset: int,
        labelled_at: str,
        empty: bool,
        text: str | None,
    ) -> bytes:
        """Return the value of one result. ``label`` is an index; ``text`` is left out when None."""
        result: dict[str, Any] = {
            "id": tweet_id,
            "label": self._labels[label],
            "score": probabilities[label],
            "probabilities": dict(zip(self._labels, probabilities, strict=True)),
            "task": self._task,
            "model": self._model,
            "source": {"topic": self._topic, "partition": partition, "offset": offset},
            "labelled_at": labelled_at,
        }
        if empty:
            result["empty"] = True
        if text is not None:
            result["text"] = text
        return orjson.dumps(result)
