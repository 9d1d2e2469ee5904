"""The rounds that clean this machine's disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from kaimedia.domain import utc_now
from kaimedia.errors import StorageUnavailable
from kaimedia.jobs import disk_cleaner
from kaimedia.jobs.disk_cleaner import DiskCleaner
from tests.conftest import wait_for


class Disk:
    """Counts rounds and looks at its clock, which can be changed; each round fails in another way."""

    def __init__(self) -> None:
        self.rounds = self.looks = 0
        self.off_by = timedelta()

    def now(self) -> datetime:
        self.looks += 1
        return utc_now() + self.off_by

    def clean(self) -> None:
        self.rounds += 1
        raise RuntimeError("a bug") if self.rounds % 2 else StorageUnavailable("The bucket does not respond.")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    monkeypatch.setattr(disk_cleaner, "EVERY_S", 0.01)
    disk = Disk()
    cleaner = DiskCleaner(disk.clean, disk.now)
    cleaner.start()
    yield disk
    cleaner.stop()


def test_an_error_does_not_end_the_rounds(disk: Disk) -> None:
    wait_for(lambda: disk.rounds >= 4, "four rounds")


def test_nothing_is_cleaned_after_a_change_of_the_clock(disk: Disk) -> None:
    wait_for(lambda: disk.rounds, "a round")
    disk.off_by = timedelta(days=2)
    looks = disk.looks
    wait_for(lambda: disk.looks > looks + 4, "the next looks at the clock")
    rounds, looks = disk.rounds, disk.looks
    wait_for(lambda: disk.looks > looks + 10, "further ones")
    assert disk.rounds == rounds
