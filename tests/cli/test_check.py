"""`check` compares files and gallery; `--repair` repairs without deleting anything."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_check_and_repair(cli: Cli, tmp_path: Path) -> None:
    made = cli("generate", "a paper boat", "--wait", "--json").document
    whole = cli("check")
    assert whole.code == 0 and "1 item compared by name, size and SHA-256" in whole.out
    assert "Every file is there and unchanged." in whole.out
    (thumbnail,) = (tmp_path / "media").glob("*_thumb.webp")
    thumbnail.unlink()
    (tmp_path / "media" / "notes.txt").write_text("not ours")
    assert cli("check", "--quick", "--json").document["counts"] == {"thumbnail_lost": 1, "foreign": 1}
    lost = cli("check")
    assert lost.code == 1 and "1  thumbnails lost" in lost.out and thumbnail.name in lost.out
    repaired = cli("check", "--repair", "--json")
    assert repaired.code == 0 and repaired.document["remedies"] == {"remade": 1, "left": 1}
    assert thumbnail.is_file() and (tmp_path / "media" / "notes.txt").is_file()
    (result,) = (tmp_path / "media").glob("image_*.png")
    result.unlink()
    assert cli("check", "--repair").out.count("fetching") == 1
    again = cli("get", made["task_id"], "--wait", "--json")
    assert again.document["status"] == "completed" and result.is_file()
    assert cli("check").code == 0


def test_only_one_way_at_a_time(cli: Cli) -> None:
    assert cli("check", "--quick", "--repair").code == 2
