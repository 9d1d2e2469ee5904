"""`backup`: complete, repeatable, usable."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from kaimedia.media.storage import Storage
from tests.cli.conftest import Cli


def test_the_database_alone(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat")
    result = cli("backup", "--json")
    copy = Path(result.document["database"])
    assert result.code == 0 and copy.parent == tmp_path / "data" / "backups" and result.document["files"] == {}
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM tasks").fetchone() == (1,)
    assert str(copy) not in cli("backup").out, "the next copy has a name of its own"


def contents(storage: Storage) -> dict[str, bytes]:
    found = {}
    for name in storage.files():
        with storage.open(name) as file:
            found[name] = file.read()
    return found


@pytest.mark.every_storage
def test_everything_and_only_what_is_new(cli: Cli, tmp_path: Path, storage: Storage) -> None:
    cli("generate", "a boat", "--wait")
    folder = tmp_path / "backup"
    first = cli("backup", "--to", str(folder), "--json").document["files"]["media"]
    assert first["new"] > 0 and first["already_there"] == 0
    cli("generate", "a kite", "--wait")
    second = cli("backup", "--to", str(folder), "--json").document["files"]["media"]
    assert second["already_there"] == first["new"] and second["new"] > 0
    assert {path.name: path.read_bytes() for path in (folder / "media").iterdir()} == contents(storage)
    assert len(list(folder.glob("kaimedia-*.db"))) == 2
    assert not list(folder.rglob("*secret*")) and not list(folder.rglob("*.part"))


@pytest.mark.every_storage
def test_an_app_from_a_backup(cli: Cli, tmp_path: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    task = cli("generate", "a boat", "--wait", "--json").document
    folder = tmp_path / "backup"
    copy = cli("backup", "--to", str(folder), "--json").document["database"]
    monkeypatch.setenv("KAIMEDIA_DATABASE_URL", f"sqlite:///{copy}")
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", str(folder / "media"))
    monkeypatch.setenv("KAIMEDIA_DATA", str(tmp_path / "new data"))
    fetched = cli("get", task["task_id"], "-o", str(tmp_path / "x.png"))
    assert fetched.code == 0
    name = Path(task["result_urls"][0]).name
    assert (tmp_path / "x.png").read_bytes() == contents(storage)[name]


@pytest.mark.every_storage
def test_a_half_copied_file_is_copied_again(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    cli("backup", "--to", str(tmp_path / "b"))
    victim = next((tmp_path / "b" / "media").glob("*.png"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[:10])
    assert (
        cli("backup", "--to", str(tmp_path / "b"), "--only", "files", "--json").document["files"]["media"]["new"] == 1
    )
    assert victim.read_bytes() == whole


def test_links_in_the_media_folder_are_left_out(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    (tmp_path / "media" / "link.png").symlink_to("/etc/hostname")
    cli("backup", "--to", str(tmp_path / "b"))
    assert not (tmp_path / "b" / "media" / "link.png").exists()


def test_while_somebody_writes(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat")
    over = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(tmp_path / "kaimedia.db", timeout=30)) as database:
            while not over.is_set():
                database.execute("UPDATE tasks SET updated_at = updated_at")
                database.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [Path(cli("backup", "--to", str(tmp_path / "b"), "--json").document["database"]) for _ in range(3)]
    finally:
        over.set()
        writer.join()
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_no_database_yet(cli: Cli, tmp_path: Path) -> None:
    assert cli("backup").code == 4
    assert not (tmp_path / "kaimedia.db").exists()


def test_postgres_has_its_own_tools(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIMEDIA_DATABASE_URL", "postgresql://u:canary@127.0.0.1:1/x")
    result = cli("backup", "--json")
    assert (
        result.code == 1
        and "pg_dump" in result.document["error"]["next_step"]
        and "canary" not in result.out + result.err
    )
    assert cli("backup", "--to", str(tmp_path / "b"), "--only", "files").code == 0


def test_a_place_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    (tmp_path / "file").write_text("")
    result = cli("backup", "--to", str(tmp_path / "file" / "b"))
    assert result.code == 1 and "Traceback" not in result.err
    assert cli("backup", "--to", str(tmp_path / "file" / "b"), "--only", "files").code == 1
    assert cli("backup", "--only", "files").code == 2


def test_the_copies_are_ours_alone(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    cli("backup", "--to", str(tmp_path / "b"))
    if os.name == "posix":
        assert (tmp_path / "b").stat().st_mode & 0o077 == 0
