"""The check of the storage in the background: never waited for, never two at once, and old answers do not count."""

from __future__ import annotations

import threading

import pytest

from kaimedia.errors import StorageUnavailable
from kaimedia.jobs import storage_check
from kaimedia.jobs.storage_check import StorageCheck


class SlowCheck:
    """A check that ends when it may, and fails if `problem` is set."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        self.problem: StorageUnavailable | None = None

    def __call__(self) -> None:
        self.begun += 1
        assert self.may_end.acquire(timeout=60)
        if self.problem is not None:
            raise self.problem

    def end(self) -> None:
        """Let one check end and wait until it has."""
        self.may_end.release()
        assert self.ended.acquire(timeout=60)


@pytest.fixture
def slow() -> SlowCheck:
    return SlowCheck()


@pytest.fixture
def check(slow: SlowCheck) -> StorageCheck:
    return StorageCheck(slow, slow.ended.release)


def test_while_the_first_check_runs_there_is_no_answer(slow: SlowCheck, check: StorageCheck) -> None:
    assert [check.latest() for _ in range(3)] == [None, None, None]
    slow.end()
    answer = check.latest()
    assert answer is not None and answer.problem is None and slow.begun == 1


def test_a_quick_check_answers_at_once() -> None:
    ended = threading.Event()
    check = StorageCheck(lambda: None, ended.set)
    first = check.latest()
    assert ended.wait(60)
    answer = first or check.latest()
    assert answer is not None and answer.problem is None


def test_a_failed_check_says_why(slow: SlowCheck, check: StorageCheck) -> None:
    slow.problem = StorageUnavailable("down")
    check.latest()
    slow.end()
    answer = check.latest()
    assert answer is not None and answer.problem is slow.problem


def test_the_last_answer_counts_while_the_next_check_runs(
    slow: SlowCheck, check: StorageCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    check.latest()
    slow.end()
    monkeypatch.setattr(storage_check, "REPEAT_S", 0.0)
    monkeypatch.setattr(storage_check, "FRESH_S", 3600.0)
    assert check.latest() is not None and check.latest() is not None
    slow.end()
    assert slow.begun == 2


def test_an_old_answer_does_not_count(slow: SlowCheck, check: StorageCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    check.latest()
    slow.end()
    monkeypatch.setattr(storage_check, "REPEAT_S", -1.0)
    monkeypatch.setattr(storage_check, "FRESH_S", -1.0)
    assert check.latest() is None
    slow.end()
    assert slow.begun == 2
