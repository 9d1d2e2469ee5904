"""A refused key is asked about until it works."""

from __future__ import annotations

import threading

from kaimedia.jobs.key_recheck import KeyRecheck


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
    assert accepted.wait(5) and answers == [False, True]
    accepted.clear()
    thread = recheck._thread
    assert thread is not None
    thread.join(5)
    recheck.begin()
    assert accepted.wait(5) and answers == []


def test_it_stops() -> None:
    asked = threading.Event()

    def ask() -> bool:
        asked.set()
        return False

    recheck = KeyRecheck(ask, (0.0, 60.0))
    recheck.begin()
    assert asked.wait(5)
    recheck.stop()
    assert recheck._thread is not None
    recheck._thread.join(5)
    assert not recheck._thread.is_alive()
