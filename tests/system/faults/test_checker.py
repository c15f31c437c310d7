"""The checker catches what it is there for: made-up outputs, each wrong in one way."""

import json
import random

import pytest

from tests.system.faults.checker import EXPECT, Checker, Mode, Report, Row

TOPIC = "tweets"
PARTITIONS = 3
EACH = 200


def an_input(partition: int, offset: int) -> Row:
    """Every tenth is none that can be labelled."""
    key = f"user{(partition + PARTITIONS * (offset % 7))}".encode()
    if offset % 10 == 9:
        return Row(partition, offset, key, b"{bad", {EXPECT: b"not-json"})
    return Row(partition, offset, key, json.dumps({"id": f"{partition}-{offset}", "text": "great"}).encode(), {})


INPUTS = [an_input(partition, offset) for partition in range(PARTITIONS) for offset in range(EACH)]


def result_of(row: Row, **changes: object) -> Row:
    source = {"topic": TOPIC, "partition": row.partition, "offset": row.offset}
    value = {"id": json.loads(row.value or b"")["id"], "source": source | changes}
    return Row(row.partition, 0, row.key, json.dumps(value).encode(), {})


def letter_of(row: Row, reason: bytes = b"not-json") -> Row:
    source = f"{TOPIC}/{row.partition}/{row.offset}"
    return Row(row.partition, 0, row.key, row.value, {"warble-reason": reason, "warble-source": source.encode()})


def good() -> tuple[list[Row], list[Row]]:
    results = [result_of(row) for row in INPUTS if EXPECT not in row.headers]
    return results, [letter_of(row) for row in INPUTS if EXPECT in row.headers]


def checked(results: list[Row], letters: list[Row], inputs: list[Row] = INPUTS) -> Report:
    checker = Checker(TOPIC)
    for row in inputs:
        checker.put_in(row)
    for row in results:
        checker.came_out(row)
    for row in letters:
        checker.died(row)
    return checker.report()


def assert_only(report: Report, fault: str, times: int = 1) -> None:
    found = {name: getattr(report, name) for name in ("lost", "duplicated", "disordered", "foreign", "wrong")}
    assert {name: count for name, count in found.items() if count} == {fault: times}
    assert not report.is_clean("exactly-once")
    assert report.examples


@pytest.mark.parametrize("mode", ["exactly-once", "at-least-once"])
def test_one_outcome_for_each_record_is_clean(mode: Mode) -> None:
    report = checked(*good())
    assert report.is_clean(mode)
    assert (report.inputs, report.results, report.dead) == (600, 540, 60)


def test_partitions_may_come_in_any_mixture() -> None:
    results, letters = good()
    lanes = {number: [row for row in results if row.partition == number] for number in range(PARTITIONS)}
    chance = random.Random(5)  # noqa: S311 - no secret
    mixed = []
    while left := [lane for lane in lanes.values() if lane]:
        mixed.append(chance.choice(left).pop(0))
    assert checked(mixed, letters).is_clean("exactly-once")


def test_offsets_that_hold_no_committed_record_are_not_missed() -> None:
    inputs = [row for row in INPUTS if row.offset % 3]
    results = [result_of(row) for row in inputs if EXPECT not in row.headers]
    assert checked(results, [letter_of(row) for row in inputs if EXPECT in row.headers], inputs).is_clean(
        "exactly-once"
    )


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_lost_record_is_found(at: int) -> None:
    results, letters = good()
    del results[at]
    assert_only(checked(results, letters), "lost")


def test_a_lost_dead_letter_is_found() -> None:
    results, letters = good()
    assert_only(checked(results, letters[:-1]), "lost")


def test_a_record_labelled_twice_is_found_and_allowed_only_at_least_once() -> None:
    results, letters = good()
    report = checked([*results[:50], *results[40:]], letters)
    assert_only(report, "duplicated", 10)
    assert report.is_clean("at-least-once")


def test_a_record_both_labelled_and_dead_is_found() -> None:
    results, letters = good()
    report = checked(results, [*letters, letter_of(INPUTS[0])])
    assert (report.duplicated, report.wrong) == (1, 1)
    assert not report.is_clean("at-least-once")


def test_two_results_that_swapped_places_are_found() -> None:
    results, letters = good()
    results[3], results[4] = results[4], results[3]
    report = checked(results, letters)
    assert_only(report, "disordered")
    assert not report.is_clean("at-least-once")


def test_two_dead_letters_that_swapped_places_are_found() -> None:
    results, letters = good()
    letters[3], letters[4] = letters[4], letters[3]
    assert_only(checked(results, letters), "disordered")


@pytest.mark.parametrize(
    "changes",
    [{"offset": EACH}, {"offset": 1 << 40}, {"offset": -1_024}, {"partition": 9}, {"topic": "other"}],
    ids=str,
)
def test_a_result_of_a_record_that_was_never_put_in_is_found(changes: dict[str, object]) -> None:
    results, letters = good()
    report = checked([*results, result_of(INPUTS[0], **changes)], letters)
    assert_only(report, "foreign")
    assert not report.is_clean("at-least-once")


def test_a_result_of_an_aborted_record_is_found() -> None:
    results, letters = good()
    assert_only(checked(results, letters, INPUTS[1:]), "foreign")


@pytest.mark.parametrize("value", [b"", b"[]", b"{}", b'{"source": 1}', b'{"id": "x", "source": {}}', None], ids=str)
def test_a_value_that_is_no_result_is_found(value: bytes | None) -> None:
    results, letters = good()
    assert_only(checked([*results, Row(0, 0, None, value, {})], letters), "foreign")


def test_a_dead_letter_without_a_source_is_found() -> None:
    results, letters = good()
    assert_only(checked(results, [*letters, Row(0, 0, None, b"x", {"warble-reason": b"not-json"})]), "foreign")


def test_a_result_with_the_source_of_its_neighbour_is_found() -> None:
    results, letters = good()
    results[3] = result_of(INPUTS[3], offset=4)
    report = checked(results, letters)
    assert (report.lost, report.wrong, report.duplicated) == (1, 1, 1)


def test_a_result_with_another_id_is_found() -> None:
    results, letters = good()
    results[3] = results[3]._replace(value=(results[3].value or b"").replace(b'"id": "0-3"', b'"id": "0-4"'))
    assert_only(checked(results, letters), "wrong")


def test_a_result_under_another_key_is_found() -> None:
    results, letters = good()
    results[3] = results[3]._replace(key=b"somebody else")
    assert_only(checked(results, letters), "wrong")


def test_a_dead_letter_with_another_value_is_found() -> None:
    results, letters = good()
    letters[5] = letters[5]._replace(value=b"{worse")
    assert_only(checked(results, letters), "wrong")


def test_a_dead_letter_under_another_key_is_found() -> None:
    results, letters = good()
    letters[5] = letters[5]._replace(key=None)
    assert_only(checked(results, letters), "wrong")


def test_a_dead_letter_with_another_reason_is_found() -> None:
    results, letters = good()
    letters[5] = letters[5]._replace(headers=letters[5].headers | {"warble-reason": b"not-utf8"})
    assert_only(checked(results, letters), "wrong")


def test_a_good_tweet_among_the_dead_is_found() -> None:
    results, letters = good()
    assert_only(checked(results[1:], [letter_of(INPUTS[0], b"predict-failed"), *letters]), "wrong")
