"""The pages on a database that is a copy, is missing, is damaged, or is being replaced by a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for_phase
from tests.engine.test_task_lifecycle import sandbox_tasks
from tests.ui.conftest import button, has_button, open_page, texts


@pytest.fixture
def own(tmp_path: Path, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An app that opens its own context in this folder; returns the database file."""
    settings = {
        "KAIMEDIA_DATA": str(tmp_path / "data"),
        "KAIMEDIA_MEDIA_URL": str(tmp_path / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{tmp_path / 'data' / 'kaimedia.db'}",
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url or "",
        "KAIMEDIA_POLL_S": "0.1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(runtime.current, "context", None)
    monkeypatch.setattr(runtime.current, "access", None)
    monkeypatch.setattr(runtime.current, "has_routes", True)
    yield tmp_path / "data" / "kaimedia.db"
    runtime.close()


@pytest.fixture
def copied(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app on a copy, with three tasks held."""
    original = open_test_context(config, run_engine=False)
    for number in range(3):
        original.studio.tasks.submit(image_request(f"boat {number}"))
    copy = original.database.back_up()
    assert copy is not None
    original.close()
    original.database.replace_with(copy)
    return pages_of(open_test_context(config))


def test_a_copy_shows_a_banner_and_sends_held_tasks_on_click(copied: AppContext, sandbox: EmbeddedSandbox) -> None:
    app = open_page()
    shown = texts(app)
    assert "This database is a copy. 3 tasks were not sent from it." in shown
    assert "Not sent: this database is a copy" in shown
    assert sandbox_tasks(sandbox) == []
    one = copied.studio.holds.summary().tasks[0]
    button(app, f"send_{one.task_id}").click().run()
    wait_for_phase(copied, one.task_id, Phase.DONE)
    other = copied.studio.holds.summary().tasks[0]
    button(app, f"dismiss_{other.task_id}").click().run()
    assert copied.studio.holds.count() == 1
    app = open_page("settings")
    assert "1 task was not sent from it." in texts(app), "on every page"
    button(app, "held_send").click().run()
    assert copied.studio.holds.count() == 0 and not has_button(app, "held_send")


def test_all_held_tasks_are_dismissed_with_one_click(copied: AppContext, sandbox: EmbeddedSandbox) -> None:
    app = open_page()
    button(app, "held_dismiss").click().run()
    assert copied.studio.holds.count() == 0 and sandbox_tasks(sandbox) == []
    assert "This database is a copy" not in texts(app)


def test_a_copy_is_restored_in_the_running_app(own: Path, sandbox: EmbeddedSandbox) -> None:
    app = open_page("settings")
    button(app, "copy_now").click().run()
    before = runtime.context()
    task = before.studio.tasks.submit(image_request("since the copy"))
    wait_for_phase(before, task.task_id, Phase.DONE)
    app = open_page("settings")
    assert "Last copy" in texts(app)
    button(app, "use_copy_0").click().run()
    button(app, "use_copy_sure").click().run()
    after = runtime.context()
    assert after is not before and after.studio.tasks.page().total == 0
    assert len(list(own.parent.glob("kaimedia.db.replaced-*"))) >= 1
    fresh = after.studio.tasks.submit(image_request("after the restore"))
    wait_for_phase(after, fresh.task_id, Phase.DONE)


def test_a_deleted_file_is_reported_on_every_page_and_reopened(own: Path, sandbox: EmbeddedSandbox) -> None:
    open_page()
    task = runtime.context().studio.tasks.submit(image_request("paid"))
    wait_for_phase(runtime.context(), task.task_id, Phase.DONE)
    own.unlink()
    app = open_page("settings")
    assert "deleted or replaced while the app was running" in texts(app)
    assert not all(check.is_well for check in runtime.context().studio.health.checks())
    button(app, "open_again").click().run()
    assert "deleted or replaced" not in texts(app)
    assert runtime.context().studio.tasks.get(task.task_id).phase is Phase.DONE
    assert all(check.is_well for check in runtime.context().studio.health.checks())


@pytest.mark.parametrize("answer", ["copy", "empty"])
def test_a_damaged_database_asks_the_user_to_choose(own: Path, answer: str) -> None:
    open_page()
    runtime.context().studio.tasks.submit(image_request("kept in the copy"))
    copy = runtime.context().database.back_up()
    runtime.close()
    own.write_bytes(b"\x00" * 20_000)
    app = open_page()
    shown = texts(app)
    assert "damaged" in shown and copy is not None and copy.name in shown
    assert runtime.opened_studio() is None
    if answer == "copy":
        button(app, "use_copy_0").click().run()
        button(app, "use_copy_sure").click().run()
        assert runtime.context().studio.holds.count() >= 0 and runtime.context().studio.tasks.page().total == 1
    else:
        button(app, "start_empty").click().run()
        assert runtime.context().studio.tasks.page().total == 0
    assert [path.stat().st_size for path in own.parent.glob("kaimedia.db.damaged-*")] == [20_000]


def test_an_old_sqlite_is_reported_on_the_page(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 0))
    runtime.close()
    shown = texts(open_page())
    assert "SQLite 3.34 is too old, 3.35 is needed." in shown and "KAIMEDIA_DATABASE_URL" in shown
    assert not own.exists()
    runtime.close()
