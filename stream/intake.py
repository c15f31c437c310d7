"""Decode and encode records into the batch that is being filled."""

from collections.abc import Sequence

from confluent_kafka import Message

from model.classifier import Classifier
from stream.batching import Batcher
from stream.messages.decode import Decoder
from stream.metrics import Metrics
from stream.settings import InputSettings


class Intake:
    """Turns records into rows of the batch."""

    def __init__(self, settings: InputSettings, classifier: Classifier, batcher: Batcher, metrics: Metrics) -> None:
        self._decode_all = Decoder(settings).decode_all
        self._encode_all = classifier.encode_all
        self._batcher = batcher
        self._stage = metrics.stage_seconds.labels("encode")

    def take(self, records: Sequence[Message]) -> None:
        """Add records to the batch, in their order."""
        if not records:
            return
        with self._stage.time():
            decoded = self._decode_all([record.value() for record in records])
            encoded = self._encode_all(decoded.texts)
        self._batcher.add(records, decoded, encoded)
