"""Threads that run steps."""

from __future__ import annotations

import threading

import pytest

from kaimedia.jobs.distributed.threads import DaemonThreads


def test_as_many_at_once_as_there_are_threads_and_each_call_ends() -> None:
    threads, both = DaemonThreads(2, "test"), threading.Barrier(2)
    for future in [threads.submit(lambda: both.wait(10) and None) for _ in range(4)]:
        future.result(10)


def test_an_error_is_handed_on_and_the_thread_goes_on() -> None:
    threads = DaemonThreads(1, "test")
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0 and None).result(10)
    threads.submit(lambda: None).result(10)
