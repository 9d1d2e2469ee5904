"""A refused key is asked about until it works."""

from __future__ import annotations

import threading

import pytest

from kaimedia.jobs.key_recheck import KeyRecheck
from tests.conftest import wait_for


def test_it_is_asked_until_it_is_accepted_and_again_when_refused_again() -> None:
    answers = [False, None, False, True, False, True]
    accepted = threading.Event()

    def ask() -> bool | None:
        answer = answers.pop(0)
        if answer:
            accepted.set()
        return answer

    recheck = KeyRecheck(ask, (0.0, 0.01, 0.01, 0.01))
    recheck.begin()
    recheck.begin()  # one thread asks
    assert accepted.wait(20) and answers == [False, True]
    accepted.clear()
    recheck.begin()
    assert accepted.wait(20) and answers == []


def test_a_refusal_that_comes_while_the_key_is_being_accepted_is_not_lost() -> None:
    """The thread still lives then, and nobody would begin another: everything stayed refused."""
    asked: list[int] = []
    done = threading.Event()

    def ask() -> bool:
        asked.append(1)
        if len(asked) < 4:
            recheck.begin()  # a paid call is refused between the answer and the end of the thread
        else:
            done.set()
        return True

    recheck = KeyRecheck(ask, (0.0, 0.01))  # each time from the first pause on: the one after these is five minutes
    recheck.begin()
    assert done.wait(20) and len(asked) == 4


def test_a_thread_that_cannot_be_had_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    recheck = KeyRecheck(lambda: asked.set() or True, (0.0,))  # type: ignore[func-returns-value]
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        recheck.begin()
    recheck.begin()
    assert asked.wait(20)


def no_thread(_self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_it_stops() -> None:
    asked = threading.Event()

    def ask() -> bool:
        asked.set()
        return False

    recheck = KeyRecheck(ask, (0.0, 60.0))
    recheck.begin()
    assert asked.wait(20) and recheck.is_running
    recheck.stop()
    wait_for(lambda: not recheck.is_running, "the end of the thread")
