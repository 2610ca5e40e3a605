"""Calls that come at the same time: which are joined, which wait, and which are refused."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from runtime_asking import answering, endpoint

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.calling.pace import INLINE, THREAD, TRIAL, Pace
from jupyter_containerize.runtime.http.messages import Answer, Request

JSON = [(b"content-type", b"application/json")]
PATIENCE_SECONDS = 20


def _serving(function: Callable[..., Any], batch: str = "rows", **settings: Any) -> App:
    return answering([dataclasses.replace(endpoint(function), batch=batch)], **settings)


def _send(app: App, body: object, path: str = "/predict", method: str = "POST") -> asyncio.Future[Answer]:
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    app(Request(method, path, "", JSON, json.dumps(body).encode()), answered.set_result)
    return answered


async def _asked(app: App, bodies: Iterable[object]) -> list[tuple[int, Any]]:
    answers = await asyncio.wait_for(asyncio.gather(*[_send(app, body) for body in bodies]), PATIENCE_SECONDS)
    return [(answer.status, json.loads(answer.body)) for answer in answers]


class Doubling:
    """A function of rows that keeps how many it was called with."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def predict(self, rows: list[float], k: float = 2) -> dict[str, list[float]]:
        """Return each row k times."""
        self.sizes.append(len(rows))
        if -1 in rows:
            raise ValueError(rows)
        return {"predictions": [row * k for row in rows]}


async def _warm(app: App) -> None:
    lane = None
    while lane is None or lane.pace.place is not INLINE:
        assert (await _asked(app, [{"rows": [1.0]}]))[0][0] == 200
        lane = app._calls._lanes["predict"]


def test_calls__quick_function__are_joined_as_they_arrive() -> None:
    """Requests of one turn of the event loop are one call, and each gets its own part."""
    doubling = Doubling()

    async def run() -> list[tuple[int, Any]]:
        app = _serving(doubling.predict)
        await _warm(app)
        del doubling.sizes[:]
        # The first of them finds that there are others now.
        await _asked(app, [{"rows": [1]}] * 80)
        del doubling.sizes[:]
        return await _asked(app, [{"rows": [float(number)] * (1 + number % 3)} for number in range(50)])

    answers = asyncio.run(run())
    assert answers == [(200, {"predictions": [number * 2.0] * (1 + number % 3)}) for number in range(50)]
    assert len(doubling.sizes) == 1


def test_calls__quick_function__gathers_while_turns_bring_more() -> None:
    """Those who ask a little later than the first of them are joined with them; who asks alone waits for nobody."""
    doubling = Doubling()

    async def run() -> None:
        app = _serving(doubling.predict)
        await _warm(app)
        await _asked(app, [{"rows": [1]}] * 80)
        del doubling.sizes[:]
        asked = [_send(app, {"rows": [1]}) for _ in range(2)]
        await asyncio.sleep(0)
        asked.append(_send(app, {"rows": [1]}))
        await asyncio.gather(*asked)
        await _send(app, {"rows": [1]})

    asyncio.run(run())
    assert doubling.sizes == [3, 1]


def test_calls__slow_function__waits_a_little_for_those_it_answered() -> None:
    """Clients that were answered together are one call again, though some of them take their time."""
    sizes = []

    def predict(rows: list[float]) -> list[float]:
        sizes.append(len(rows))
        time.sleep(0.1)
        return rows

    async def client(app: App, number: int) -> None:
        for _ in range(4):
            for _ in range(number):
                await asyncio.sleep(0)
            await _send(app, {"rows": [1.0]})

    async def run() -> None:
        app = _serving(predict, inline=False, cpus=1)
        await asyncio.gather(*[client(app, number) for number in range(1, 9)])

    asyncio.run(run())
    # The first call cannot know, and what has come meanwhile is the second.
    assert sizes[:2] == [1, 7]
    assert max(sizes[2:]) == 8


def test_calls__slow_function__joins_what_waits() -> None:
    """While a thread is in a call, what arrives becomes the next one."""
    go, sizes = threading.Event(), []

    def predict(rows: list[float]) -> list[float]:
        sizes.append(len(rows))
        assert go.wait(PATIENCE_SECONDS)
        return rows

    async def run() -> list[tuple[int, Any]]:
        app = _serving(predict, inline=False)
        go.set()
        await _asked(app, [{"rows": [1.0, 2.0]}])
        go.clear()
        futures = [asyncio.ensure_future(_asked(app, [{"rows": [float(number)]}])) for number in range(20)]
        await asyncio.sleep(0.05)
        go.set()
        return [(await future)[0] for future in futures]

    assert asyncio.run(run()) == [(200, [float(number)]) for number in range(20)]
    assert sizes == [2, 1, 19]


def test_calls__one_raises__the_others_are_answered() -> None:
    """A bad request never fails another."""
    doubling = Doubling()

    async def run() -> list[tuple[int, Any]]:
        app = _serving(doubling.predict)
        await _warm(app)
        await _asked(app, [{"rows": [1]}] * 80)
        return await _asked(app, [{"rows": [-1 if number == 7 else number]} for number in range(30)])

    answers = asyncio.run(run())
    assert [status for status, _ in answers] == [500 if number == 7 else 200 for number in range(30)]
    assert answers[8] == (200, {"predictions": [16.0]})


def test_calls__other_parameters_differ__are_not_joined_with_them() -> None:
    """Only what is equal but for its rows is one call."""
    doubling = Doubling()

    async def run() -> list[tuple[int, Any]]:
        app = _serving(doubling.predict)
        await _warm(app)
        await _asked(app, [{"rows": [1]}] * 80)
        del doubling.sizes[:]
        return await _asked(app, [{"rows": [1, 1], "k": number % 2} for number in range(10)])

    answers = asyncio.run(run())
    assert answers == [(200, {"predictions": [number % 2] * 2}) for number in range(10)]
    assert sorted(doubling.sizes) == [10, 10]


def test_calls__answer_does_not_split__are_never_joined_again(caplog: pytest.LogCaptureFixture) -> None:
    """A function that was said to answer row by row and does not is called for each request, and the log says so."""
    sizes = []

    def predict(rows: list[float]) -> dict[str, Any]:
        sizes.append(len(rows))
        return {"sum": sum(rows)}

    async def run() -> list[tuple[int, Any]]:
        app = _serving(predict)
        return [*await _asked(app, [{"rows": [1.0]}] * 30), *await _asked(app, [{"rows": [2.0]}] * 30)]

    assert asyncio.run(run()) == [(200, {"sum": 1.0})] * 30 + [(200, {"sum": 2.0})] * 30
    assert set(sizes) == {1}
    assert [record.message for record in caplog.records].count("calls are not joined") == 1


def test_calls__list_of_fixed_length__is_not_taken_for_rows() -> None:
    """As many names as there happen to be rows are no answer to each of them."""

    def predict(rows: list[float]) -> dict[str, Any]:
        return {"predictions": rows, "names": ["a", "b", "c"]}

    async def run() -> list[tuple[int, Any]]:
        app = _serving(predict, inline=False)
        return await _asked(app, [{"rows": [float(number)]} for number in range(4)])

    names = ["a", "b", "c"]
    expected = [(200, {"predictions": [float(number)], "names": names}) for number in range(4)]
    assert asyncio.run(run()) == expected


def test_calls__function_without_batch__is_called_for_each() -> None:
    """What nobody has proved is not joined."""
    doubling = Doubling()

    async def run() -> None:
        app = _serving(doubling.predict, batch="")
        await _asked(app, [{"rows": [1]}] * 60)

    asyncio.run(run())
    assert doubling.sizes == [1] * 60


def test_calls__too_many_wait__are_refused_unread() -> None:
    """What would wait too long hears at once when to come again; what waits is answered."""
    go = threading.Event()

    def predict(x: float) -> float:
        assert go.wait(PATIENCE_SECONDS)
        return x

    async def run() -> tuple[list[Answer], Answer]:
        app = _serving(predict, batch="", inline=False, threads=2, queue=5)
        futures = [_send(app, {"x": number}) for number in range(9)]
        unread: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        app(Request("POST", "/predict", "", JSON, b"no JSON"), unread.set_result)
        ready = await _send(app, None, "/health/ready", "GET")
        assert ready.status == 200
        go.set()
        answers = await asyncio.wait_for(asyncio.gather(*futures), PATIENCE_SECONDS)
        return answers, unread.result()

    answers, unread = asyncio.run(run())
    assert [answer.status for answer in answers] == [200] * 7 + [503] * 2
    assert unread.status == 503
    assert answers[-1].headers["retry-after"] == unread.headers["retry-after"] == "1"


def test_calls__take_too_long__are_504_and_not_ready_while_every_thread_is_stuck() -> None:
    """A call that hangs is answered, its thread stays counted, and when it comes back all is well."""
    go = threading.Event()

    def predict(x: float) -> float:
        assert go.wait(PATIENCE_SECONDS)
        return x

    async def run() -> list[int]:
        app = _serving(predict, batch="", inline=False, threads=1, timeout_seconds=0.3)
        found = [status for status, _ in await _asked(app, [{"x": 1}])]
        found += [(await _send(app, None, "/health/ready", "GET")).status]
        found += [status for status, _ in await _asked(app, [{"x": 1}])]
        go.set()
        while (await _send(app, None, "/health/ready", "GET")).status != 200:  # noqa: ASYNC110  # only HTTP says it
            await asyncio.sleep(0.01)
        return [*found, (await _asked(app, [{"x": 1}]))[0][0]]

    assert asyncio.run(run()) == [504, 503, 503, 200]


def test_calls__coroutine_takes_too_long__is_cancelled() -> None:
    """An asynchronous function has its time, too."""

    async def predict(x: float) -> float:
        await asyncio.sleep(PATIENCE_SECONDS)
        return x

    async def run() -> list[tuple[int, Any]]:
        return await _asked(_serving(predict, batch="", timeout_seconds=0.05), [{"x": 1}])

    assert asyncio.run(run())[0][0] == 504


def test_calls__slow_beside_quick__leaves_it_a_thread() -> None:
    """A function that hangs does not keep another from being called."""
    go = threading.Event()

    def slow(x: float) -> float:
        assert go.wait(PATIENCE_SECONDS)
        return x

    def quick(x: float) -> float:
        return x

    async def run() -> Answer:
        app = answering([endpoint(slow), endpoint(quick)], threads=2, inline=False)
        assert (await _send(app, {"x": 0}, "/quick")).status == 200
        waiting = [_send(app, {"x": number}, "/slow") for number in range(5)]
        answer = await asyncio.wait_for(_send(app, {"x": 1}, "/quick"), PATIENCE_SECONDS)
        go.set()
        await asyncio.gather(*waiting)
        return answer

    assert asyncio.run(run()).status == 200


def test_pace__quick_calls__come_to_the_event_loop_and_go_when_they_are_slow() -> None:
    """Twenty quick trials let a function in; slow calls put it out, and it needs twice as many to come back."""
    pace = Pace(inline=True)
    for _ in range(20):
        assert pace.place is TRIAL
        pace.note(TRIAL, 0.0001)
    assert pace.place is INLINE
    pace.note(INLINE, 0.003)
    assert pace.is_doubted
    assert pace.place is INLINE
    pace.note(INLINE, 1.0)
    assert pace.place is TRIAL
    for _ in range(39):
        pace.note(TRIAL, 0.0001)
    assert pace.place is TRIAL
    pace.note(TRIAL, 0.0001)
    assert pace.place is INLINE


def test_pace__slow_trials__stay_in_threads_but_for_a_few() -> None:
    """The event loop does not wait for what is known to be slow."""
    pace = Pace(inline=True)
    places = []
    for _ in range(640):
        places.append(pace.place)
        pace.note(pace.place, 0.01)
    assert places.count(TRIAL) == 10


def test_pace__joined_calls__may_take_longer() -> None:
    """Sixty calls as one are not slow where one by one would have been quick."""
    pace = Pace(inline=True)
    for _ in range(20):
        pace.note(TRIAL, 0.0001)
    for _ in range(20):
        pace.note(INLINE, 0.01, calls=60)
    assert pace.place is INLINE


def test_pace__switched_off__is_always_a_thread() -> None:
    """INLINE=0 means it."""
    pace = Pace(inline=False)
    for _ in range(100):
        pace.note(THREAD, 0.0001)
    assert pace.place is THREAD


def test_calls__hang_in_a_trial__does_not_block_the_event_loop() -> None:
    """Before a function has shown to be quick, a call that hangs keeps nobody waiting."""
    go = threading.Event()

    def predict(x: float) -> float:
        assert go.wait(PATIENCE_SECONDS)
        return x

    async def run() -> int:
        app = _serving(predict, batch="")
        waiting = _send(app, {"x": 1})
        began = time.monotonic()
        status = (await _send(app, None, "/health/live", "GET")).status
        assert time.monotonic() - began < PATIENCE_SECONDS
        go.set()
        assert (await waiting).status == 200
        return status

    assert asyncio.run(run()) == 200
