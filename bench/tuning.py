"""Which batch is a contender's best: the registry's ``batch`` comes from here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import kafka, throughput
from bench.environments import provide
from bench.errors import ContenderError
from bench.ledger import Measured
from bench.registry import Contender
from bench.throughput import Span
from bench.tweets import records, texts

BATCHES: Final = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)
_TWEETS: Final = 400_000
_TOPIC: Final = "tweets-tuning"


def tune(contenders: Sequence[Contender], span: Span, work: Path) -> Iterator[tuple[Contender, Measured]]:
    """Yield each contender with each batch, and what it reached with it or why it did not."""
    for needs in {contender.needs for contender in contenders} - {None}:
        provide(str(needs))
    with kafka.running() as broker:
        broker.create(_TOPIC)
        broker.fill(_TOPIC, records(texts()[0], _TWEETS))
        for contender in contenders:
            for batch in BATCHES:
                sized = replace(contender, batch=batch, settings={**contender.settings, **_limit(contender, batch)})
                try:
                    yield sized, throughput.measure(broker, sized, _TOPIC, _TWEETS, span, work)
                except ContenderError as error:
                    yield sized, {"failed": str(error)}


def _limit(contender: Contender, batch: int) -> dict[str, str]:
    return {"BATCH__MAX_TWEETS": str(batch)} if contender.is_ours else {}
