"""Where predictions run, how many, and for how long."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from runtime.errors import TimeLimitError
from runtime.requests import RefusedError
from runtime.server.pool import Pool


def pool(workers: int = 2, concurrency: int = 4, short_seconds: float = 0) -> Pool:
    return Pool(workers, concurrency, short_seconds)


def run(of: Pool, *works: Callable[[float], Any], seconds: float = 30) -> list[Any]:
    async def all_of_them() -> list[Any]:
        tasks = [of.run(work, seconds, 100) for work in works]
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(all_of_them())


def busy(seconds: float) -> Callable[[float], str]:
    """Uses the CPU, as a model does."""

    def work(_left: float) -> str:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass
        return threading.current_thread().name

    return work


def test_work_runs_in_as_many_threads_as_there_are_workers() -> None:
    together = threading.Barrier(2)

    def work(_left: float) -> str:
        together.wait(30)
        return threading.current_thread().name

    names = run(pool(workers=2), *[work] * 4)
    assert len(set(names)) == 2
    assert threading.current_thread().name not in names


def test_work_that_was_short_runs_on_the_event_loop() -> None:
    here = threading.current_thread().name
    short = pool(short_seconds=0.05)
    first, second = run(short, busy(0))[0], run(short, busy(0))[0]
    # Nothing is known of the first.
    assert first != here
    assert second == here
    never = pool(short_seconds=0)
    assert [run(never, busy(0))[0] == here for _ in range(3)] == [False] * 3


def test_one_slow_work_sends_those_after_it_to_the_workers_for_a_while() -> None:
    here = threading.current_thread().name
    short = pool(short_seconds=0.01)
    run(short, busy(0.04))
    where = [run(short, busy(0))[0] == here for _ in range(40)]
    # 0.95 to the 27th is over a quarter, to the 28th under.
    assert where == [False] * 28 + [True] * 12


@pytest.mark.parametrize("seconds", [30, 0.2])
def test_what_is_not_as_short_as_expected_leaves_the_event_loop(seconds: float) -> None:
    """Its time may depend on its values: probes would wait for all of it."""
    given: list[tuple[bool, float]] = []
    here = threading.current_thread()
    short = pool(short_seconds=0.01)
    run(short, busy(0))

    def work(left: float) -> str:
        given.append((threading.current_thread() is here, left))
        if left < 1:
            busy(0.02)(left)
            raise TimeLimitError("the prediction took over its time")
        return "done"

    (result,) = run(short, work, seconds=seconds)
    assert given[0] == (True, min(seconds, 0.25))
    if seconds < 1:
        assert (type(result), len(given)) == (TimeLimitError, 1)
        return
    assert result == "done"
    assert [(at_the_loop, 29 < left < 30) for at_the_loop, left in given[1:]] == [(False, True)]
    assert run(short, busy(0)) != [here.name]


def test_requests_of_other_sizes_are_known_by_themselves() -> None:
    here = threading.current_thread().name
    short = pool(short_seconds=0.01)

    async def ask(size: int, seconds: float) -> str:
        return await short.run(busy(seconds), 30, size)

    assert asyncio.run(ask(100, 0)) != here
    assert asyncio.run(ask(127, 0)) == here
    assert asyncio.run(ask(128, 0)) != here


def test_more_requests_than_allowed_are_refused() -> None:
    small = pool(concurrency=2)
    with small.admit(), small.admit():
        assert small.in_flight == 2
        with pytest.raises(RefusedError, match="too many") as caught, small.admit():
            pass
        assert caught.value.status == 503
    assert small.in_flight == 0


def test_work_is_told_how_long_it_may_take() -> None:
    (left,) = run(pool(), lambda left: left, seconds=20)
    assert 0 < left <= 20


def test_work_over_its_time_is_not_waited_for() -> None:
    single = pool(workers=1)
    release = threading.Event()
    seen: list[int] = []

    def stuck(_left: float) -> None:
        release.wait(30)

    async def ask() -> None:
        results = await asyncio.gather(
            single.run(stuck, 0.05, 1),
            single.run(lambda _: "waiting", 0.05, 1),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [TimeLimitError, TimeLimitError]
        # The thread is still taken, and so is a place among the requests.
        seen.append(single.in_flight)
        release.set()
        await single.idle(30)
        seen.append(single.in_flight)

    asyncio.run(ask())
    assert seen == [1, 0]


def test_what_work_raises_is_raised() -> None:
    def fail(_left: float) -> None:
        raise TimeoutError("of a feature store")

    (error,) = run(pool(), fail)
    assert (type(error), str(error)) == (TimeoutError, "of a feature store")


def test_the_time_that_is_told_is_the_limit_and_not_what_was_left_of_it() -> None:
    def late(left: float) -> None:
        raise TimeLimitError(f"the prediction took over {left} s")

    (error,) = run(pool(), late, seconds=20)
    assert (type(error), str(error)) == (TimeLimitError, "the prediction took over 20 s")


def test_a_closed_pool_says_whether_all_work_has_ended() -> None:
    assert pool().close()
    taken = pool()
    with taken.admit():
        assert not taken.close()
