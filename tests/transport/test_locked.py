"""Turns at a folder that several builds share."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.transport import locked


def test_locked__twice_in_turn__both_have_it(tmp_path: Path) -> None:
    """A lock is let go at the end of its block, also when the block fails."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock", cancel=CancelToken()):
            raise ZeroDivisionError


def test_locked__held_by_another__a_cancelled_build_does_not_wait(tmp_path: Path) -> None:
    """Whoever waits for another build's download can still be stopped."""
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    with locked(tmp_path / "lock", cancel=CancelToken()):
        timer.start()
        with pytest.raises(Cancelled), locked(tmp_path / "lock", cancel=token):
            raise AssertionError("the lock is another's")
    timer.join()


def test_locked__waits_its_turn(tmp_path: Path) -> None:
    """Two that want it have it one after the other."""
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with locked(tmp_path / "lock", cancel=CancelToken()):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
