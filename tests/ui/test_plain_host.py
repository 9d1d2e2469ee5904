"""What the pages do on a host without our routes: details of opened items, limits on uploads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from kaimedia import runtime
from kaimedia.domain.upload_caps import UploadCaps
from kaimedia.ui import framework, plain_host, reads, state
from kaimedia.ui.gallery import opened_media
from kaimedia.ui.settings import server_card


class Manager:
    """Stores files by session, as the framework does."""

    def __init__(self) -> None:
        self.file_storage: dict[str, dict[str, Any]] = {}

    def add_file(self, session_id: str, file: Any) -> None:
        self.file_storage.setdefault(session_id, {})[file.file_id] = file


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Manager:
    """The framework's file manager on a host without our routes."""
    found = Manager()
    monkeypatch.setattr(runtime.current, "has_routes", False)
    monkeypatch.setattr(plain_host, "admitted", set())
    monkeypatch.setattr(plain_host, "CAPS", UploadCaps(session_files=2, session_bytes=100, total_bytes=150))
    monkeypatch.setattr(plain_host.streamlit_runtime, "exists", lambda: True)
    monkeypatch.setattr(framework.Runtime, "instance", lambda: SimpleNamespace(uploaded_file_mgr=found))
    monkeypatch.setattr(framework, "is_connected", lambda session: True)
    return found


def put(manager: Manager, session: str, name: str, size: int) -> int:
    """The status the browser gets."""
    try:
        manager.add_file(session, SimpleNamespace(file_id=name, data=b"x" * size))
    except HTTPException as error:
        return error.status_code
    return 204


def be(monkeypatch: pytest.MonkeyPatch, session: str, is_admitted: bool = True) -> None:
    """A run of that session's page."""
    monkeypatch.setattr(framework, "current_session_id", lambda: session)
    plain_host.begin()
    plain_host.note(is_admitted)


def test_uploads_need_an_admitted_session_and_stay_within_the_limits(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, "stranger", is_admitted=False)
    assert put(manager, "stranger", "one", 1) == 403
    be(monkeypatch, "ada")
    be(monkeypatch, "ben")
    assert [put(manager, "ada", name, size) for name, size in (("a", 101), ("b", 60), ("c", 40), ("d", 1))] == [
        *(429, 204, 204, 429)
    ]
    assert put(manager, "ben", "e", 51) == 507 and put(manager, "ben", "e", 50) == 204
    be(monkeypatch, "ben", is_admitted=False)  # signed out since
    assert put(manager, "ben", "f", 0) == 403
    assert {session: len(files) for session, files in manager.file_storage.items()} == {"ada": 2, "ben": 1}


def test_sessions_that_ended_are_forgotten(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    be(monkeypatch, "ada")
    monkeypatch.setattr(framework, "is_connected", lambda session: session == "ben")
    be(monkeypatch, "ben")
    assert put(manager, "ada", "late", 1) == 403 and put(manager, "ben", "file", 1) == 204


def test_with_our_routes_the_framework_is_left_alone(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.current, "has_routes", True)
    be(monkeypatch, "stranger", is_admitted=False)
    assert put(manager, "stranger", "one", 500) == 204
    assert server_card.routes() == "mounted"


@pytest.mark.parametrize("has_routes", [False, True])
def test_styles_are_sent_with_the_page_only_where_its_html_lacks_them(
    monkeypatch: pytest.MonkeyPatch, has_routes: bool
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(runtime.current, "has_routes", has_routes)
    monkeypatch.setattr(plain_host.st, "html", sent.append)
    plain_host.add_styles()
    assert [reads.styles() in each for each in sent] == ([] if has_routes else [True])


def test_settings_say_what_is_missing_on_such_a_host(manager: Manager) -> None:
    shown_routes = server_card.routes()
    assert shown_routes.startswith("not mounted") and all(lack in shown_routes for lack in plain_host.LACKS)


def test_few_full_files_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.st, "session_state", {})
    for media_id in (*range(1, 20), 12):
        opened_media.note(media_id)
    held = state.opened_media.get()
    assert len(held) == opened_media.MAX_HELD and held[-1] == 12 and held[0] == 8
    assert opened_media.is_held(19) and not opened_media.is_held(7)
