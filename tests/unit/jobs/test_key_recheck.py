"""A rejected key is checked until it is accepted."""

from __future__ import annotations

import threading

import pytest

from kaimedia.jobs.key_recheck import KeyRecheck
from tests.conftest import wait_for


def test_it_is_checked_until_accepted_and_again_after_another_rejection() -> None:
    answers = [False, False, False, True, False, True]
    accepted = threading.Event()

    def check() -> bool:
        answer = answers.pop(0)
        if answer:
            accepted.set()
        return answer

    recheck = KeyRecheck(check, (0.0, 0.01, 0.01, 0.01))
    recheck.begin()
    recheck.begin()  # a second call starts no second thread
    assert accepted.wait(20) and answers == [False, True]
    accepted.clear()
    recheck.begin()
    assert accepted.wait(20) and answers == []


def test_a_rejection_while_the_key_is_being_accepted_is_not_lost() -> None:
    """The thread is still running, so no other starts: it must notice the new rejection."""
    calls: list[int] = []
    done = threading.Event()

    def check() -> bool:
        calls.append(1)
        if len(calls) < 4:
            recheck.begin()  # a paid call is rejected between the response and the end of the thread
        else:
            done.set()
        return True

    recheck = KeyRecheck(check, (0.0, 0.01))  # starts over each time: the pause after these is 5 minutes
    recheck.begin()
    assert done.wait(20) and len(calls) == 4


def test_a_thread_that_could_not_start_is_started_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = threading.Event()
    recheck = KeyRecheck(lambda: checked.set() or True, (0.0,))  # type: ignore[func-returns-value]
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        recheck.begin()
    recheck.begin()
    assert checked.wait(20)


def no_thread(_self: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_it_stops() -> None:
    checked = threading.Event()

    def check() -> bool:
        checked.set()
        return False

    recheck = KeyRecheck(check, (0.0, 60.0))
    recheck.begin()
    assert checked.wait(20) and recheck.is_running
    recheck.stop()
    wait_for(lambda: not recheck.is_running, "the end of the thread")
