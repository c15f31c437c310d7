"""What a benchmark consists of: every measurement with its key, its estimated length and what makes it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

from bench import ceilings, growth, latency, profiling, throughput
from bench.arithmetic import rotated, spread
from bench.ceiling import measure as measure_ceiling
from bench.errors import ContenderError
from bench.kafka import Broker
from bench.ledger import Ledger, Measured
from bench.registry import COPY, SHIPPED, Contender
from bench.throughput import Agreement, Span

EXACTLY_ONCE: Final = "ours-exactly-once"
AT_LEAST_ONCE: Final = "ours-at-least-once"
BRANDS: Final = f"{SHIPPED}brands"
MODES: Final = {EXACTLY_ONCE: "exactly once", AT_LEAST_ONCE: "at least once"}
"""Both of ours, and what they are called."""
PROFILED: Final = (EXACTLY_ONCE, BRANDS)
"""Workers of ours whose time is taken apart."""
STARTS: Final = 5
_START_S: Final = {None: 3.0, "spark": 30.0}
"""Estimated seconds until the first result, by environment."""
_OTHERS_START_S: Final = 10.0
_AFTER_S: Final = 4.0
_CEILING_ROUNDS: Final = 2
"""Of those that no goal is about."""
_FLAGSHIP_ROUNDS: Final = 3
"""Of the flagships' ceilings."""
_PROFILED_TWEETS: Final = 150_000
_PROFILED_A_SECOND: Final = 20_000
"""Tweets: an estimate, by the slower one."""


@dataclass(frozen=True)
class Options:
    """How thorough the benchmark is."""

    rounds: int
    tweets: int
    """In the topic that all contenders read."""
    span: Span
    ceiling_s: float
    short: Span
    """For growth."""
    paced: Span
    """For latency: what waited while the worker was starting must be gone when it begins to count."""


FULL: Final = Options(5, 2_000_000, Span(warm_up_s=2, seconds=8), ceiling_s=2, short=Span(2, 5), paced=Span(4, 6))
"""Below 45 minutes on two cores."""
QUICK: Final = Options(1, 200_000, Span(warm_up_s=1, seconds=3), ceiling_s=1, short=Span(1, 2), paced=Span(1, 2))


@dataclass(frozen=True)
class Step:
    """One measurement."""

    key: str
    title: str
    estimate_s: float
    measure: Callable[[], Measured]


@dataclass(frozen=True)
class Bench:
    """What the steps need; all of it is there before the first one."""

    broker: Broker
    source: str
    texts: Sequence[str]
    vocabulary: Sequence[str]
    options: Options
    work: Path
    ledger: Ledger
    agreement: Agreement

    def steps(self, contenders: Sequence[Contender], *, rest: bool = True) -> Iterator[Step]:
        """Yield every measurement: the rounds first, then, with ``rest``, what is measured of ours alone."""
        for number in range(self.options.rounds):
            yield from self._round(number, contenders, ceilings=rest)
        if rest and {EXACTLY_ONCE, AT_LEAST_ONCE} <= {contender.name for contender in contenders}:
            modes = [contender for contender in contenders if contender.name in {EXACTLY_ONCE, AT_LEAST_ONCE}]
            ours = next(contender for contender in modes if contender.name == EXACTLY_ONCE)
            for number in range(self.options.rounds):
                yield from self._latency(rotated(modes, number), number)
                yield self._workers(ours, growth.WORKERS, number)
                yield from self._backlogs(ours, growth.LONG_BACKLOGS, number)
            yield from self._growth(ours)
            for contender in contenders:
                if contender.name in PROFILED:
                    yield self._profile(contender)

    def _round(self, number: int, contenders: Sequence[Contender], *, ceilings: bool) -> Iterator[Step]:
        if ceilings:
            yield from self._ceilings(number)
        competing = [contender for contender in contenders if number < contender.rounds]
        for contender in rotated([*competing, *([COPY] if ceilings else [])], number):
            span = self.options.span
            start_s = _START_S.get(contender.needs, _OTHERS_START_S)
            yield Step(
                f"throughput/{contender.name}/{number}",
                f"round {number + 1} of {self.options.rounds}: {contender.title}",
                span.warm_up_s + span.seconds + start_s + _AFTER_S + _settling_s(contender.processes),
                partial(self._throughput, contender),
            )

    def _throughput(self, contender: Contender, *, workers: int | None = None, span: Span | None = None) -> Measured:
        return throughput.measure(
            self.broker,
            contender,
            self.source,
            self.options.tweets,
            span or self.options.span,
            self.work,
            self.agreement,
            workers=workers,
        )

    def _ceilings(self, number: int) -> Iterator[Step]:
        for kind, title in rotated(list(ceilings.KINDS.items()), number):
            if number < _rounds(kind):
                yield Step(
                    f"ceiling/{kind}/{number}",
                    f"round {number + 1} of {self.options.rounds}: {title}",
                    self.options.ceiling_s + _AFTER_S,
                    partial(measure_ceiling, kind, self.options.ceiling_s),
                )

    def _latency(self, modes: Sequence[Contender], number: int) -> Iterator[Step]:
        """Yield the goal's load in every round, the others once."""
        span = self.options.paced
        for contender in modes:
            for share in latency.SHARES if number == 0 else (latency.HALF,):
                yield Step(
                    f"latency/{contender.name}/{share:g}/{number}",
                    f"latency at {share:.0%} of capacity, {contender.guarantee}",
                    span.warm_up_s + span.seconds + _AFTER_S,
                    partial(self._paced, contender, share),
                )

    def _paced(self, contender: Contender, share: float) -> Measured:
        per_second = share * self.capacity(contender)
        return latency.measure(self.broker, contender, per_second, self.options.paced, self.work)

    def capacity(self, contender: Contender) -> float:
        """Return the median rate of the rounds. Raises ContenderError when none succeeded."""
        rounds = self.ledger.below(f"throughput/{contender.name}/").values()
        rates = [found["per_second"] for found in rounds if "failed" not in found]
        if not rates:
            raise ContenderError("its capacity is not known, as no round of it succeeded")
        return spread(rates).median

    def _growth(self, ours: Contender) -> Iterator[Step]:
        span = self.options.short
        length_s = span.warm_up_s + span.seconds + _AFTER_S
        for words in growth.WORDS:
            yield Step(
                f"words/{words}",
                f"tweets of {words} words",
                length_s,
                partial(growth.by_words, self.broker, ours, words, self.vocabulary, span, self.work),
            )
        for limit in growth.LIMITS:
            yield Step(
                f"limit/{limit}",
                f"batches of at most {limit:,}",
                length_s,
                partial(self._throughput, growth.with_limit(ours, limit), span=span),
            )
        yield from self._backlogs(ours, growth.BACKLOGS, 0)
        for number in range(STARTS):
            yield Step(
                f"start/{number}",
                "start to ready",
                2 * _AFTER_S / STARTS,
                partial(growth.start, self.broker, ours, self.work),
            )

    def _workers(self, ours: Contender, workers: int, number: int) -> Step:
        span = self.options.span
        return Step(
            f"workers/{workers}/{number}",
            f"{workers} workers",
            span.warm_up_s + span.seconds + _AFTER_S + _settling_s(workers),
            partial(self._throughput, ours, workers=workers),
        )

    def _backlogs(self, ours: Contender, sizes: Sequence[int], number: int) -> Iterator[Step]:
        for tweets in sizes:
            if tweets <= self.options.tweets:
                yield Step(
                    f"backlog/{tweets}/{number}",
                    f"a backlog of {tweets:,}",
                    _AFTER_S + tweets / 40_000,
                    partial(growth.backlog, self.broker, ours, self.texts, tweets, self.work),
                )

    def _profile(self, contender: Contender) -> Step:
        tweets = min(self.options.tweets, _PROFILED_TWEETS)
        return Step(
            f"profile/{contender.name}",
            f"where the time goes: {contender.title}",
            2 * _AFTER_S + tweets / _PROFILED_A_SECOND,
            partial(profiling.measure, self.broker, contender, self.source, tweets, self.work, sampled=True),
        )


def _settling_s(processes: int) -> float:
    return throughput.SETTLING_S if processes > 1 else 0.0


def _rounds(ceiling: str) -> float:
    """Say how often a ceiling is measured."""
    if ceiling == ceilings.ENCODE_MODEL:
        return inf
    return _FLAGSHIP_ROUNDS if ceiling.startswith(ceilings.FLAGSHIPS) else _CEILING_ROUNDS
