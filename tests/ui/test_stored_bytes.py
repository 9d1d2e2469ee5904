"""Contents of stored files for hosts without our media route: read once, as far as there is room."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit import runtime as streamlit_runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from kaimedia import runtime
from kaimedia.context import AppContext
from kaimedia.errors import StorageUnavailable
from kaimedia.ui.components import media_urls, stored_bytes
from tests.stored import put

pytestmark = pytest.mark.every_storage


@pytest.fixture
def reads(ui_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names read from the storage."""
    read: list[str] = []
    opened = ui_context.storage.served.open
    monkeypatch.setattr(ui_context.storage.served, "open", lambda name: (read.append(name), opened(name))[1])
    return read


def test_a_thumbnail_is_read_once_and_a_large_file_each_time(ui_context: AppContext, reads: list[str]) -> None:
    small, large = put(ui_context.storage), put(ui_context.storage, bytes(stored_bytes.LARGEST_BYTES + 1))
    for _ in range(3):
        assert stored_bytes.of(ui_context.studio, small) == b"bytes"
        assert len(stored_bytes.of(ui_context.studio, large) or b"") == stored_bytes.LARGEST_BYTES + 1
    assert reads.count(small) == 1 and reads.count(large) == 3


def test_the_ones_not_used_for_longest_make_room(
    ui_context: AppContext, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_bytes, "MOST_BYTES", 25)
    first, second, third = (put(ui_context.storage, bytes(10)) for _ in range(3))
    for name in (first, second, first, third, first, second):
        assert stored_bytes.of(ui_context.studio, name) == bytes(10)
    assert reads == [first, second, third, second]


def test_a_file_over_the_limit_is_not_read(
    ui_context: AppContext, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_bytes, "LARGEST_SHOWN_BYTES", 10)
    large = put(ui_context.storage, bytes(11))
    assert stored_bytes.of(ui_context.studio, large) is None and reads == []


def test_a_large_file_is_read_once_while_streamlit_holds_it(
    ui_context: AppContext, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime.current, "has_routes", False)
    monkeypatch.setattr(streamlit_runtime, "exists", lambda: True)
    monkeypatch.setattr(streamlit_runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=files))
    large = put(ui_context.storage, bytes(stored_bytes.LARGEST_BYTES + 1))
    urls = {media_urls.for_component(large) for _ in range(3)}
    assert len(urls) == 1 and urls != {""} and reads == [large]
    files.clear_session_refs()
    files.remove_orphaned_files()
    assert {media_urls.for_component(large)} == urls and reads == [large, large]


def test_missing_files_and_an_outage(ui_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    name = put(ui_context.storage)
    ui_context.storage.delete([name])
    assert stored_bytes.of(ui_context.studio, name) is None

    def refused(name: str) -> None:
        raise StorageUnavailable("Down.")

    monkeypatch.setattr(ui_context.storage.served, "open", refused)
    assert stored_bytes.of(ui_context.studio, name) is None
