"""The storages that tests run on; another one is added here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from kaimedia.media.storage import Storage

# A name is the scheme of addresses; its fixture's module is in `pytest_plugins` of tests/conftest.py, before this one.
EVERY_STORAGE = (pytest.param("folder"), pytest.param("s3", marks=[pytest.mark.slow, pytest.mark.xdist_group("s3")]))
# The fixture that makes an empty place on another machine, by the name in `EVERY_STORAGE` and in addresses.
PLACE_FIXTURES = {"s3": "bucket"}


class RemotePlace(Protocol):
    """What such a fixture returns."""

    def settings(self) -> dict[str, str]:
        """The settings of an app whose media are there."""

    def storage(self, folder: Path, **changes: str) -> Storage:
        """Opened with `folder` for temporary files, and other options if given."""

    def put(self, name: str, data: bytes) -> None:
        """Write a file as another program would."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked `every_storage` with their media on each of them.

    Of a marked module, only the tests that use a storage. `every_storage("exhaustive")` marks all but the first so.
    """
    test = metafunc.definition
    mark = test.get_closest_marker("every_storage")
    if mark is None:
        return
    if "media_settings" in metafunc.fixturenames:
        metafunc.parametrize("media_settings", _storages(mark.args), indirect=True)
    elif any(mark.name == "every_storage" for mark in test.own_markers):
        raise pytest.UsageError(f"{test.nodeid} uses no media storage")


def _storages(names_of_marks: tuple[str, ...]) -> list[object]:
    first, *others = EVERY_STORAGE
    marks = [getattr(pytest.mark, name) for name in names_of_marks]
    return [first, *(pytest.param(*other.values, marks=[*other.marks, *marks]) for other in others)]


@pytest.fixture
def media_settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that say where media are stored: none, for a folder, unless the test is marked `every_storage`."""
    name = getattr(request, "param", "folder")
    return {} if name == "folder" else remote_place(request, name).settings()


@pytest.fixture
def put_foreign(request: pytest.FixtureRequest) -> Callable[[Storage, str, bytes], None]:
    """Puts a file of another program into a storage."""

    def put(storage: Storage, name: str, data: bytes) -> None:
        scheme, mark, _ = storage.place.partition("://")
        if mark:
            remote_place(request, scheme).put(name, data)
        else:
            Path(storage.place, name).write_bytes(data)

    return put


def remote_place(request: pytest.FixtureRequest, name: str) -> RemotePlace:
    """The test's place on another machine, by its name in `EVERY_STORAGE`."""
    place: RemotePlace = request.getfixturevalue(PLACE_FIXTURES[name])
    return place
