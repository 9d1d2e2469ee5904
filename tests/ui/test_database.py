"""The pages over a database that is a copy, lost its file, is damaged, or is to be replaced by a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kaimedia import bootstrap
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.domain import Phase
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import image_request, wait_for_phase
from tests.engine.test_life import ledger
from tests.ui.conftest import button, has_button, open_page, texts


@pytest.fixture
def own(tmp_path: Path, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The app opens and closes its own house, in this folder; the folder's database file."""
    settings = {
        "KAIMEDIA_DATA": str(tmp_path / "data"),
        "KAIMEDIA_MEDIA_URL": str(tmp_path / "media"),
        "KAIMEDIA_DATABASE_URL": f"sqlite:///{tmp_path / 'data' / 'kaimedia.db'}",
        "KAIMEDIA_SANDBOX_URL": sandbox.base_url or "",
        "KAIMEDIA_POLL_S": "0.1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bootstrap.current, "house", None)
    monkeypatch.setattr(bootstrap.current, "access", None)
    monkeypatch.setattr(bootstrap.current, "has_routes", True)
    yield tmp_path / "data" / "kaimedia.db"
    bootstrap.close()


@pytest.fixture
def copied(config: Config, open_test_house: Callable[..., House], pages_of: Callable[[House], House]) -> House:
    """A house on a copy, with three tasks held."""
    original = open_test_house(config, run_engine=False)
    for number in range(3):
        original.studio.submit(image_request(f"boat {number}"))
    copy = original.database.back_up()
    assert copy is not None
    original.close()
    original.database.replace_with(copy)
    return pages_of(open_test_house(config))


def test_a_copy_says_so_and_is_answered_with_one_press(copied: House, sandbox: EmbeddedSandbox) -> None:
    app = open_page()
    shown = texts(app)
    assert "This database is a copy. 3 tasks were not sent from it." in shown
    assert "Not sent: this database is a copy" in shown
    assert ledger(sandbox) == []
    one = copied.studio.holds.look().tasks[0]
    button(app, f"send_{one.task_id}").click().run()
    wait_for_phase(copied, one.task_id, Phase.DONE)
    other = copied.studio.holds.look().tasks[0]
    button(app, f"dismiss_{other.task_id}").click().run()
    assert copied.studio.holds.count() == 1
    app = open_page("settings")
    assert "1 task was not sent from it." in texts(app), "on every page"
    button(app, "held_send").click().run()
    assert copied.studio.holds.count() == 0 and not has_button(app, "held_send")


def test_all_are_dismissed_with_one_press(copied: House, sandbox: EmbeddedSandbox) -> None:
    app = open_page()
    button(app, "held_dismiss").click().run()
    assert copied.studio.holds.count() == 0 and ledger(sandbox) == []
    assert "This database is a copy" not in texts(app)


def test_a_copy_is_restored_in_the_running_app(own: Path, sandbox: EmbeddedSandbox) -> None:
    app = open_page("settings")
    button(app, "copy_now").click().run()
    before = bootstrap.house()
    task = before.studio.submit(image_request("since the copy"))
    wait_for_phase(before, task.task_id, Phase.DONE)
    app = open_page("settings")
    assert "Last copy" in texts(app)
    button(app, "use_copy_0").click().run()
    button(app, "use_copy_sure").click().run()
    after = bootstrap.house()
    assert after is not before and after.studio.tasks().total == 0
    assert len(list(own.parent.glob("kaimedia.db.replaced-*"))) >= 1
    fresh = after.studio.submit(image_request("after the restore"))
    wait_for_phase(after, fresh.task_id, Phase.DONE)


def test_a_deleted_file_is_said_on_every_page_and_opened_again(own: Path, sandbox: EmbeddedSandbox) -> None:
    open_page()
    task = bootstrap.house().studio.submit(image_request("paid"))
    wait_for_phase(bootstrap.house(), task.task_id, Phase.DONE)
    own.unlink()
    app = open_page("settings")
    assert "deleted or replaced while the app was running" in texts(app)
    assert not all(check.is_well for check in bootstrap.house().studio.checks())
    button(app, "open_again").click().run()
    assert "deleted or replaced" not in texts(app)
    assert bootstrap.house().studio.task(task.task_id).phase is Phase.DONE
    assert all(check.is_well for check in bootstrap.house().studio.checks())


@pytest.mark.parametrize("answer", ["copy", "empty"])
def test_a_damaged_database_waits_for_an_answer_on_the_page(own: Path, answer: str) -> None:
    open_page()
    bootstrap.house().studio.submit(image_request("kept in the copy"))
    copy = bootstrap.house().database.back_up()
    bootstrap.close()
    own.write_bytes(b"\x00" * 20_000)
    app = open_page()
    shown = texts(app)
    assert "damaged" in shown and copy is not None and copy.name in shown
    assert bootstrap.opened_studio() is None
    if answer == "copy":
        button(app, "use_copy_0").click().run()
        button(app, "use_copy_sure").click().run()
        assert bootstrap.house().studio.holds.count() >= 0 and bootstrap.house().studio.tasks().total == 1
    else:
        button(app, "start_empty").click().run()
        assert bootstrap.house().studio.tasks().total == 0
    assert [path.stat().st_size for path in own.parent.glob("kaimedia.db.damaged-*")] == [20_000]


def test_an_old_sqlite_is_said_on_the_page(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 0))
    bootstrap.close()
    shown = texts(open_page())
    assert "SQLite 3.34 is too old, 3.35 is needed." in shown and "KAIMEDIA_DATABASE_URL" in shown
    assert not own.exists()
    bootstrap.close()
