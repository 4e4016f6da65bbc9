import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.turns import Place, Turns


@contextmanager
def in_line(turns: Turns, count: int) -> Iterator[list[Place]]:
    """Several callers in line at once, without threads; leaving is up to the test."""
    if count == 0:
        yield []
        return
    with turns.line_up() as place, in_line(turns, count - 1) as others:
        yield [place, *others]


def test_the_first_to_come_need_not_wait() -> None:
    with Turns().line_up() as place:
        assert place.ahead == 0
        assert place.reached(within=0)


def test_everyone_knows_how_many_are_ahead() -> None:
    with in_line(Turns(), 3) as places:
        assert [place.ahead for place in places] == [0, 1, 2]
        assert [place.reached(within=0) for place in places] == [True, False, False]


def test_waiting_lasts_as_long_as_asked() -> None:
    with in_line(Turns(), 2) as (_, second):
        began = time.monotonic()
        assert not second.reached(within=0.05)
        assert time.monotonic() - began >= 0.05


def test_an_exception_inside_a_turn_passes_it_on() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns.line_up():
        raise RuntimeError
    with turns.line_up() as place:
        assert place.reached(within=0)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["come", "leave first", "leave last"]), max_size=30))
def test_the_turn_is_always_with_who_came_first_of_those_present(acts: list[str]) -> None:
    turns = Turns()
    present = []
    for act in acts:
        if act == "come":
            visit = turns.line_up()
            present.append((visit, visit.__enter__()))
        elif present:
            visit, _ = present.pop(0 if act == "leave first" else -1)
            visit.__exit__(None, None, None)
        assert [place.ahead for _, place in present] == list(range(len(present)))


def test_threads_are_served_in_the_order_in_which_they_came() -> None:
    turns = Turns()
    served: list[int] = []
    arrived = threading.Semaphore(0)

    def call(number: int) -> None:
        with turns.line_up() as place:
            arrived.release()
            while not place.reached(within=0.01):
                pass
            served.append(number)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(20)]
    with turns.line_up():
        for thread in threads:
            thread.start()
            arrived.acquire()  # So that the order of arrival is the order of numbers.
        assert served == []
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_only_one_has_the_turn_at_a_time() -> None:
    turns = Turns()
    inside = 0
    most = 0

    def call() -> None:
        nonlocal inside, most
        for _ in range(20):
            with turns.line_up() as place:
                while not place.reached(within=1):
                    pass
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_who_left_while_waiting_blocks_nobody() -> None:
    turns = Turns()

    def waiting() -> Generator[str, None, None]:
        with turns.line_up() as place:
            while not place.reached(within=0.01):
                yield ""

    with turns.line_up():
        gone = waiting()
        assert next(gone) == ""
        with turns.line_up() as last:
            assert last.ahead == 2
            gone.close()
            assert last.ahead == 1
