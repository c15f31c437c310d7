"""Every metric there is, in one place, each with its help text and unit."""

import contextlib
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from stream.histogram import BatchHistogram
from stream.messages.reasons import Reason

STAGES: Final = ("encode", "predict", "publish", "commit")
REBALANCE_EVENTS: Final = ("partitions_assigned", "partitions_revoked", "partitions_lost")
DISCARD_CAUSES: Final = ("revoked", "rewound", "stopped", "fenced")

_STAGE_SECONDS: Final = (
    *(50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3),
    *(1.0, 2.5, 5.0, 10.0),
)
_LATENCY_SECONDS: Final = (
    *(1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0),
)
_BATCH_TWEETS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
_RATIO: Final = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_TOKENS: Final = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)


class Metrics:
    """The metrics of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

        self.received = Counter("warble_tweets_received", "Records read from the input topic.", registry=registry)
        self.labelled = Counter(
            "warble_tweets_labelled",
            "Tweets labelled and published, by task, model and label.",
            ["task", "model", "label"],
            registry=registry,
        )
        self.dead = Counter("warble_tweets_dead", "Records published as dead letters.", ["reason"], registry=registry)
        for reason in Reason:
            self.dead.labels(reason)
        self.dead_share = Gauge(
            "warble_dead_share_ratio",
            "Dead letters among the last published outcomes, WARBLE_BREAKER__WINDOW at most.",
            registry=registry,
        )
        self.empty = Counter(
            "warble_tweets_empty", "Tweets in which cleaning left nothing, labelled by the prior.", registry=registry
        )
        self.discarded = Counter(
            "warble_tweets_discarded",
            "Records thrown away unpublished, to be read again, by cause.",
            ["cause"],
            registry=registry,
        )
        for cause in DISCARD_CAUSES:
            self.discarded.labels(cause)
        self.dead_truncated = Counter(
            "warble_dead_letters_truncated",
            "Dead letters that had to leave headers, value or key behind, by what is missing.",
            ["cut"],
            registry=registry,
        )

        self.tokens = Counter("warble_tokens", "Tokens that went to the network.", registry=registry)
        self.tokens_unknown = Counter(
            "warble_tokens_unknown", "Tokens dropped because the vocabulary lacks them.", registry=registry
        )
        self.tokens_truncated = Counter(
            "warble_tokens_truncated",
            "Tokens dropped because the tweet is longer than the network reads.",
            registry=registry,
        )

        self.batch_tweets = BatchHistogram("warble_batch_tweets", "Records in a batch.", _BATCH_TWEETS, registry)
        self.batch_fill = BatchHistogram(
            "warble_batch_fill_ratio", "Records in a batch over the most it may hold.", _RATIO, registry
        )
        self.batch_tokens = BatchHistogram("warble_batch_tokens", "Tokens in a batch, unpadded.", _TOKENS, registry)
        self.stage_seconds = Histogram(
            "warble_stage_seconds",
            "Seconds that one batch took in a stage.",
            ["stage"],
            buckets=_STAGE_SECONDS,
            registry=registry,
        )
        for stage in STAGES:
            self.stage_seconds.labels(stage)
        self.latency_seconds = BatchHistogram(
            "warble_latency_seconds",
            "Seconds from a record's timestamp to its committed outcome.",
            _LATENCY_SECONDS,
            registry,
        )

        self.lag = Gauge(
            "warble_lag_records",
            "Records between the last published one and the partition's end.",
            ["topic", "partition"],
            registry=registry,
        )
        self.partitions = Gauge("warble_partitions_assigned", "Partitions this worker owns.", registry=registry)
        self.rebalances = Counter(
            "warble_rebalances", "Changes of the assignment, by what happened.", ["event"], registry=registry
        )
        for event in REBALANCE_EVENTS:
            self.rebalances.labels(event)
        self.out_of_range = Counter(
            "warble_offsets_out_of_range",
            "Positions that no longer existed (retention, a recreated topic): reading resumed at the earliest record.",
            registry=registry,
        )
        self.records_lost = Counter(
            "warble_records_lost",
            "Offsets that were deleted before they were read, as far as they can be counted (markers included).",
            registry=registry,
        )
        self.stalled = Gauge(
            "warble_partitions_stalled",
            "Partitions that stand still with lag although the broker answers: what makes /livez red.",
            registry=registry,
        )
        self.aborted = Counter(
            "warble_transactions_aborted", "Transactions aborted, to be tried again.", registry=registry
        )
        self.retries = Counter(
            "warble_delivery_retries", "Calls to the broker that were made again after an error.", registry=registry
        )
        self.replaced = Counter(
            "warble_producers_replaced",
            "Transactional producers replaced: a call hung, their transaction was ended, or a request may be late.",
            registry=registry,
        )
        self.commit_failures = Counter(
            "warble_offset_commits_failed",
            "Offset commits that failed in at-least-once mode; the next one, or the next owner, covers them.",
            registry=registry,
        )

        self.log_lines_lost = Counter(
            "warble_log_lines_lost",
            "Log lines that stderr did not take (a closed pipe, a full disk).",
            registry=registry,
        )

        self.model = Info("warble_model", "The model that labels.", registry=registry)
        self.build = Info("warble_build", "The program's version.", registry=registry)

    def forget_partition(self, topic: str, partition: int) -> None:
        """Stop exporting the lag of a partition that is no longer ours."""
        with contextlib.suppress(KeyError):
            self.lag.remove(topic, str(partition))
