"""Threads that share out the pieces of one batch."""

import sys
import threading

import pytest

from model.engines.crew import Crew


def same(number: int) -> int:
    return number


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("pieces", [0, 1, 2, 100])
def test_every_piece_is_done_once_and_comes_back_in_its_place(threads: int, pieces: int) -> None:
    seen: list[int] = []

    def square(number: int) -> int:
        seen.append(number)
        return number * number

    crew = Crew(square, threads)
    for _ in range(3):
        seen.clear()
        assert crew.do(list(range(pieces))) == [number * number for number in range(pieces)]
        assert sorted(seen) == list(range(pieces))


def test_all_threads_take_part() -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(_: int) -> int:
        together.wait()
        return threading.get_ident()

    assert len(set(Crew(meet, 3).do([1, 2, 3]))) == 3


def test_an_error_reaches_the_caller_and_the_crew_goes_on() -> None:
    def halve(number: int) -> int:
        if number == 7:
            raise ValueError("seven is odd")
        return number // 2

    crew = Crew(halve, 3)
    for _ in range(20):
        with pytest.raises(ValueError, match="seven is odd"):
            crew.do(list(range(30)))
        assert crew.do([2, 4, 6]) == [1, 2, 3]


def test_threads_that_take_turns_often_take_no_piece_twice() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        crew = Crew(same, 4)
        for _ in range(50):
            assert crew.do(list(range(200))) == list(range(200))
    finally:
        sys.setswitchinterval(usual)


def test_nobody_waits_for_its_threads_at_the_end() -> None:
    Crew(same, 4)
    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("engine-"))
