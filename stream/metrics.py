"""Every metric there is, in one place, each with its help text, its unit and what moves it."""

import contextlib
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from stream.catalogue import Catalogue
from stream.messages.reasons import Reason

STAGES: Final = ("queue", "encode", "predict", "publish", "commit")
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
_CONFIDENCE: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
"""Fine near 1, where a network that has two labels mostly is."""


class Metrics:
    """The metrics of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        catalogue = Catalogue(self.registry)
        self.entries = catalogue.entries
        self._count_tweets(catalogue)
        self._measure_batches(catalogue)
        self._describe_predictions(catalogue)
        self._watch_drift(catalogue)
        self._watch_partitions(catalogue)
        self._count_trouble(catalogue)
        self._name_what_runs(catalogue)

    def _count_tweets(self, catalogue: Catalogue) -> None:
        self.received = catalogue.counter(
            "warble_tweets_received",
            "Records read from the input topic.",
            unit="records",
            moves="With each record read, also again after a rewind: it may outgrow what is published.",
        )
        self.labelled = catalogue.counter(
            "warble_tweets_labelled",
            "Tweets labelled and published, by task, model and label.",
            unit="tweets",
            labels=("task", "model", "label"),
            moves="With each committed result; never for what was taken back.",
        )
        self.dead = catalogue.counter(
            "warble_tweets_dead",
            "Records published as dead letters.",
            unit="records",
            labels=("reason",),
            values=list(Reason),
            moves="With each committed dead letter, by its reason.",
        )
        self.dead_share = catalogue.gauge(
            "warble_dead_share_ratio",
            "Dead letters among the last published outcomes, WARBLE_BREAKER__WINDOW at most.",
            unit="0 to 1",
            moves="After each batch. Near 1: the wrong format is set, or a producer broke.",
        )
        self.empty = catalogue.counter(
            "warble_tweets_empty",
            "Tweets in which cleaning left nothing, labelled by the prior.",
            unit="tweets",
            moves="Faster with tweets of links and emoji only, or of another language.",
        )
        self.discarded = catalogue.counter(
            "warble_tweets_discarded",
            "Records thrown away unpublished, to be read again, by cause.",
            unit="records",
            labels=("cause",),
            values=DISCARD_CAUSES,
            moves="When partitions move, a transaction is aborted, or the worker stops or is fenced.",
        )
        self.dead_truncated = catalogue.counter(
            "warble_dead_letters_truncated",
            "Dead letters that had to leave headers, value or key behind, by what is missing.",
            unit="records",
            labels=("cut",),
            moves="When a dead letter is larger than its topic's max.message.bytes.",
        )
        self.tokens = catalogue.counter(
            "warble_tokens",
            "Tokens that went to the network.",
            unit="tokens",
            moves="With each batch that is published, as the other two.",
        )
        self.tokens_unknown = catalogue.counter(
            "warble_tokens_unknown",
            "Tokens dropped because the vocabulary lacks them.",
            unit="tokens",
            moves="Faster, relative to warble_tokens_total, when the stream's language is not the training data's.",
        )
        self.tokens_truncated = catalogue.counter(
            "warble_tokens_truncated",
            "Tokens dropped because the tweet is longer than the network reads.",
            unit="tokens",
            moves="With tweets of more known words than the model reads.",
        )

    def _measure_batches(self, catalogue: Catalogue) -> None:
        self.batch_tweets = catalogue.batch_histogram(
            "warble_batch_tweets",
            "Records in a batch.",
            unit="records",
            buckets=_BATCH_TWEETS,
            moves="Up with load: a batch leaves when it is full or WARBLE_BATCH__MAX_WAIT_MS old.",
        )
        self.batch_fill = catalogue.batch_histogram(
            "warble_batch_fill_ratio",
            "Records in a batch over the most it may hold.",
            unit="0 to 1",
            buckets=_RATIO,
            moves="Towards 1 under full load. Low with a rising lag: something else than the model is the limit.",
        )
        self.batch_tokens = catalogue.batch_histogram(
            "warble_batch_tokens",
            "Tokens in a batch, unpadded.",
            unit="tokens",
            buckets=_TOKENS,
            moves="With the number of tweets in a batch, and their length.",
        )
        self.batch_padding = catalogue.batch_histogram(
            "warble_batch_padding_ratio",
            "Padded cells over all cells of the network's input, of a batch.",
            unit="0 to 1",
            buckets=_RATIO,
            moves="Up where few tweets of unlike length share a batch, and with engines that round shapes up.",
        )
        self.stage_seconds = catalogue.histogram(
            "warble_stage_seconds",
            "Seconds that one batch took in a stage.",
            unit="seconds",
            label="stage",
            values=STAGES,
            buckets=_STAGE_SECONDS,
            moves=(
                "queue: from a batch's first record, decoded and encoded, until its prediction began; encode: of each "
                "poll's records; predict; publish: until all is handed to the client (at-least-once: acknowledged); "
                "commit, while the next batch may be encoded."
            ),
        )
        self.latency_seconds = catalogue.batch_histogram(
            "warble_latency_seconds",
            "Seconds from a record's timestamp to its committed outcome.",
            unit="seconds",
            buckets=_LATENCY_SECONDS,
            exemplars=True,
            moves="Up with lag, and while old records are read.",
        )

    def _describe_predictions(self, catalogue: Catalogue) -> None:
        self.confidence = catalogue.batch_histogram(
            "warble_prediction_confidence",
            "Probability of a tweet's most probable label.",
            unit="0 to 1",
            buckets=_CONFIDENCE,
            moves="Down when tweets are unlike those that the model was trained on. Empty tweets count by the prior.",
        )
        self.entropy = catalogue.batch_histogram(
            "warble_prediction_entropy_ratio",
            "Entropy of a tweet's probabilities over that of a uniform answer.",
            unit="0 to 1",
            buckets=_RATIO,
            moves="Up when the model is undecided between labels: 0 is certain, 1 knows nothing.",
        )
        self.reference_class_ratio = catalogue.gauge(
            "warble_reference_class_ratio",
            "Share of each label among the held-out tweets that the bundle was judged by, as the model labels them.",
            unit="0 to 1",
            labels=("task", "model", "label"),
            moves="Never; compare the shares of warble_tweets_labelled_total with it.",
        )

    def _watch_drift(self, catalogue: Catalogue) -> None:
        self.drift_window = catalogue.gauge(
            "warble_drift_window_tweets",
            "Tweets in the window that is compared with the bundle's reference.",
            unit="tweets",
            moves="Up to WARBLE_DRIFT__WINDOW after a start; 0 for a bundle without a reference.",
        )
        self.drift_jensen_shannon = catalogue.gauge(
            "warble_drift_jensen_shannon_distance",
            "Jensen-Shannon distance (base 2) between the window and the reference, by feature.",
            unit="0 to 1",
            labels=("feature",),
            moves="Up when tweets, or the answers to them, are distributed otherwise than they were. NaN: too few.",
        )
        self.drift_stability = catalogue.gauge(
            "warble_drift_population_stability_index",
            "Population stability index of the window against the reference, by feature.",
            unit="nats, from 0 on",
            labels=("feature",),
            moves="As the distance does; it weighs rare bins more.",
        )

    def _watch_partitions(self, catalogue: Catalogue) -> None:
        self.lag = catalogue.gauge(
            "warble_lag_records",
            "Records between the last published one and the partition's end.",
            unit="records",
            labels=("topic", "partition"),
            moves="Up while records arrive faster than they are labelled. Of owned partitions only; 0: caught up.",
        )
        self.lag_seconds = catalogue.gauge(
            "warble_lag_seconds",
            "Age of the oldest record of a partition that is not published yet, by its timestamp.",
            unit="seconds",
            labels=("topic", "partition"),
            moves="Up by a second each second while nothing of the partition is published. 0: caught up. NaN: unknown.",
        )
        self.partitions = catalogue.gauge(
            "warble_partitions_assigned",
            "Partitions this worker owns.",
            unit="partitions",
            moves="With each rebalance. 0 for long: more workers than partitions.",
        )
        self.rebalances = catalogue.counter(
            "warble_rebalances",
            "Changes of the assignment, by what happened.",
            unit="events",
            labels=("event",),
            values=REBALANCE_EVENTS,
            moves="When workers come or go. Steadily: workers do not stay in the group.",
        )
        self.out_of_range = catalogue.counter(
            "warble_offsets_out_of_range",
            "Positions that no longer existed (retention, a recreated topic): reading resumed at the earliest record.",
            unit="events",
            moves="When retention overtakes the worker, or the topic is created anew.",
        )
        self.records_lost = catalogue.counter(
            "warble_records_lost",
            "Offsets that were deleted before they were read, as far as they can be counted (markers included).",
            unit="offsets",
            moves="As above: these records were never labelled.",
        )
        self.stalled = catalogue.gauge(
            "warble_partitions_stalled",
            "Partitions that stand still with lag although the broker answers: what makes /livez red.",
            unit="partitions",
            moves="When a partition has stood still for WARBLE_HTTP__STALLED_AFTER_S.",
        )

    def _count_trouble(self, catalogue: Catalogue) -> None:
        self.aborted = catalogue.counter(
            "warble_transactions_aborted",
            "Transactions aborted, to be tried again.",
            unit="transactions",
            moves="When brokers restart, a record is too large, or a rebalance comes between.",
        )
        self.retries = catalogue.counter(
            "warble_delivery_retries",
            "Calls to the broker that were made again after an error.",
            unit="calls",
            moves="While a broker is away or overloaded.",
        )
        self.replaced = catalogue.counter(
            "warble_producers_replaced",
            "Transactional producers replaced: a call hung, their transaction was ended, or a request may be late.",
            unit="producers",
            moves="When a connection or a transaction breaks down, or the machine slept.",
        )
        self.commit_failures = catalogue.counter(
            "warble_offset_commits_failed",
            "Offset commits that failed in at-least-once mode; the next one, or the next owner, covers them.",
            unit="commits",
            moves="While the group's coordinator is away, and when partitions move.",
        )
        self.log_lines_lost = catalogue.counter(
            "warble_log_lines_lost",
            "Log lines that stderr did not take (a closed pipe, a full disk).",
            unit="lines",
            moves="While nobody takes the logs.",
        )

    def _name_what_runs(self, catalogue: Catalogue) -> None:
        self.model = catalogue.info(
            "warble_model",
            "The model that labels, and what computes it.",
            labels=("name", "version", "task", "engine", "device", "kernel"),
            moves="Never within one process; without labels until the model is loaded.",
        )
        self.model_loaded = catalogue.gauge(
            "warble_model_loaded_timestamp_seconds",
            "Unix time at which the model was verified and warm; 0 before.",
            unit="seconds since 1970",
            moves="Once, at start: a change is a restart.",
        )
        self.build = catalogue.info(
            "warble_build", "The program's version.", labels=("version",), moves="With an upgrade or a rollback."
        )

    def forget_partition(self, topic: str, partition: int) -> None:
        """Stop exporting the lag of a partition that is no longer ours."""
        for gauge in (self.lag, self.lag_seconds):
            with contextlib.suppress(KeyError):
                gauge.remove(topic, str(partition))
