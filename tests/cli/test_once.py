"""`generate --once` is one task, however often it is called."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.domain import Reference, Role
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio.references import ReferenceService
from tests.cli.conftest import Cli, sandbox_tasks


def test_once_is_once(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    first = cli("generate", "a boat", "--once", "night-7", "--wait", "--json").document
    again = cli("generate", "a boat", "--once", "night-7", "--wait", "--json").document
    assert again["task_id"] == first["task_id"] and len(sandbox_tasks(sandbox)) == 1
    other = cli("generate", "a ship", "--once", "night-7", "--json")
    assert other.code == 2 and other.document["error"]["code"] == "idempotency_conflict"


def test_once_holds_when_the_reference_is_gone(cli: Cli, sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    typed = ["generate", "it moves", "-m", "runway", "--reference", "media:1", "--once", "video", "--json"]
    first = cli(*typed)
    with closing(sqlite3.connect(tmp_path / "kaimedia.db")) as database, database:
        database.execute("UPDATE media SET deleted_at = '2026-01-01 00:00:00' WHERE id = 1")
    again = cli(*typed)
    assert (again.code, again.document["task_id"]) == (0, first.document["task_id"])
    assert cli(*typed[:-2], "other", "--json").code == 4


def test_once_does_not_fetch_a_link_again(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "reference.png"
    Image.new("RGB", (320, 240), "teal").save(image)
    fetched: list[str] = []

    def fetch(self: ReferenceService, model: str, url: str, role: Role | None = None) -> Reference:
        fetched.append(url)
        return self.add(model, image.read_bytes())

    monkeypatch.setattr(ReferenceService, "fetch", fetch)
    typed = ["generate", "x", "--reference", "https://images.example/a.png", "--once", "link", "--json"]
    assert cli(*typed).document["task_id"] == cli(*typed).document["task_id"]
    assert len(fetched) == 1


def test_once_knows_a_file_by_its_bytes(cli: Cli, tmp_path: Path) -> None:
    for name, color in (("a.png", "teal"), ("same.png", "teal"), ("other.png", "red")):
        Image.new("RGB", (320, 240), color).save(tmp_path / name)
    result = [
        cli("generate", "x", "--reference", str(tmp_path / name), "--once", "file", "--json")
        for name in ("a.png", "same.png", "other.png")
    ]
    assert [answer.code for answer in result] == [0, 0, 2]
    assert result[0].document["task_id"] == result[1].document["task_id"]
