"""Missing files are counted in the background, seldom by a listing, and soon again while there are few."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from kaimedia.errors import StorageUnavailable
from kaimedia.studio import missing_listing
from kaimedia.studio.missing_listing import MissingListing
from tests.conftest import wait_for


class Fake:
    """Rows and files by name; counts what is asked of the storage."""

    def __init__(self) -> None:
        self.rows = {f"image {number}": number >= 8 for number in range(10)}  # two are in the trash
        self.stored = set(self.rows)
        self.listings = self.looks = 0
        self.is_down = False
        files: Any = SimpleNamespace(sizes=lambda: [(name, 1, in_trash) for name, in_trash in self.rows.items()])
        storage: Any = SimpleNamespace(files=self.files, missing=self.missing)
        self.listing = MissingListing(files, storage)

    def files(self) -> dict[str, None]:
        self.listings += 1
        return dict.fromkeys(self.stored)

    def missing(self, names: Iterable[str]) -> set[str]:
        self.looks += 1
        if self.is_down:
            raise StorageUnavailable("The bucket does not respond.")
        return set(names) - self.stored

    def lose(self, *names: str) -> None:
        self.stored -= set(names)


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def wait_s(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let that much time pass."""
    passed = [1000.0]
    monkeypatch.setattr(missing_listing, "time", SimpleNamespace(monotonic=lambda: passed[0]))

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return wait


def looked(fake: Fake, times: int) -> None:
    """Ask once, and wait until the storage was asked that often and the answer is known."""
    fake.listing.count()
    wait_for(lambda: fake.looks == times, "the comparison")
    wait_for(lambda: fake.listing.settled(), "its result")


def test_only_those_in_the_gallery_are_counted(fake: Fake, wait_s: Callable[[float], None]) -> None:
    fake.lose("image 0", "image 9")
    assert fake.listing.count() == 0, "not known yet"
    looked(fake, 1)
    assert fake.listing.count() == 1 and fake.listing.names() == {"image 0", "image 9"}


def test_few_are_looked_at_again_without_a_listing(fake: Fake, wait_s: Callable[[float], None]) -> None:
    fake.lose("image 0", "image 1")
    looked(fake, 1)
    wait_s(19)
    assert fake.listing.count() == 2 and fake.looks == 1
    fake.stored.add("image 0")
    wait_s(2)
    looked(fake, 2)
    assert (fake.listing.count(), fake.listings) == (1, 1)
    fake.stored.add("image 1")
    wait_s(21)
    looked(fake, 3)
    wait_s(300)
    assert (fake.listing.count(), fake.listings, fake.looks) == (0, 1, 3)
    fake.lose("image 2")
    wait_s(400)
    looked(fake, 4)
    assert (fake.listing.count(), fake.listings) == (1, 2)


def test_many_are_listed_seldom(fake: Fake, wait_s: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_listing, "FEW", 3)
    fake.lose(*(f"image {number}" for number in range(6)))
    looked(fake, 1)
    wait_s(300)
    assert fake.listing.count() == 6 and fake.looks == 1


def test_an_outage_changes_nothing(fake: Fake, wait_s: Callable[[float], None]) -> None:
    fake.lose("image 0")
    looked(fake, 1)
    fake.is_down = True
    fake.lose("image 1")
    wait_s(700)
    looked(fake, 2)
    assert fake.listing.count() == 1
