"""`media move` between folders: what it says, what it refuses, and that the app then works from the new place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Cli


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def move(cli: Cli, *arguments: str) -> Answer:
    return cli("media", "move", *arguments)


def error_of(answer: Answer) -> dict[str, str]:
    error: dict[str, str] = answer.document["error"]
    return error


def test_the_whole_way(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan, move, change the setting, pick up what was saved between, delete the old files."""
    task = cli("generate", "a boat", "-n", "2", "--wait", "--json").document
    old, new = tmp_path / "media", tmp_path / "new"
    before = contents(old)

    plan = move(cli, str(new), "--dry-run", "--json")
    assert plan.code == 0 and plan.document["is_dry_run"] and not new.exists()
    planned = plan.document["files"]["media"]
    assert (planned["files"], planned["to_do"]) == (6, 6)
    assert planned["bytes"] == planned["to_do_bytes"] == sum(map(len, before.values()))

    first = move(cli, str(new))
    assert first.code == 0 and contents(new) == contents(old) == before
    assert "6 of 6 files" in first.out and "verified by SHA-256: 6 copied now" in first.out
    assert f"KAIMEDIA_MEDIA_URL={new}\n" in first.out and "the environment" in first.out
    assert f"media move --from {old}\n" in first.out
    assert "0 copied now (0 bytes), 6 already there" in move(cli, str(new)).out

    cli("generate", "a kite", "--wait")  # by the app that still uses the old place
    monkeypatch.setenv("KAIMEDIA_MEDIA_URL", str(new))
    late = move(cli, "--from", str(old), "--json").document["files"]["media"]
    assert (late["files"], late["copied"], late["verified"]) == (9, 3, 9)
    assert "--delete-source those" in move(cli, "--from", str(old)).out

    refused = move(cli, "--from", str(old), "--delete-source", "--json")
    assert refused.code == 2 and error_of(refused)["field"] == "yes" and len(contents(old)) == 9
    deleted = move(cli, "--from", str(old), "--delete-source", "--yes")
    assert deleted.code == 0 and "9 deleted at" in deleted.out and contents(old) == {}
    assert cli("get", task["task_id"], "-o", str(tmp_path / "x.png")).code == 0
    saved = {path.read_bytes() for path in tmp_path.glob("x*.png")}
    assert saved == {before[Path(url).name] for url in task["result_urls"]}
    assert cli("check").code == 0


def test_places_that_do_not_fit(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("generate", "a boat", "--wait")
    media = tmp_path / "media"
    before = contents(media)
    (tmp_path / "link").symlink_to(media)
    cases = {
        "target": [[], [str(media)], [f"{media}/"], [str(tmp_path / "link")], ["ftp://somewhere"], ["s3://x"]],
        "delete_source": [[str(tmp_path / "new"), "--delete-source", "--yes"]],
        "from": [["--from", str(media)], ["--from", "ftp://somewhere"]],
    }
    cases["target"].append([str(tmp_path / "new"), "--from", str(tmp_path / "old")])
    for field, calls in cases.items():
        for arguments in calls:
            refused = move(cli, *arguments, "--json")
            assert refused.code == 2, (arguments, refused)
            assert error_of(refused)["field"] == field and "Nothing was" in error_of(refused)["next_step"]
    assert contents(media) == before and not (tmp_path / "new").exists()
    refused = move(cli, "relative", "--settings", str(tmp_path / "none.env"), "--json")
    assert refused.code == 1 and "There is no file" in error_of(refused)["detail"]


def test_a_target_that_is_used_for_something_else(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    new = tmp_path / "new"
    new.mkdir()
    (new / "holiday.jpg").write_bytes(b"a user's file")
    refused = move(cli, str(new), "--json")
    assert refused.code == 2 and "1 other file, such as holiday.jpg" in error_of(refused)["detail"]
    assert "--merge" in error_of(refused)["next_step"] and len(contents(new)) == 1
    assert move(cli, str(new), "--merge").code == 0 and len(contents(new)) == 4
    assert (new / "holiday.jpg").read_bytes() == b"a user's file"


def test_a_target_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    (tmp_path / "file").write_text("")
    refused = move(cli, str(tmp_path / "file" / "new"), "--json")
    assert refused.code == 1 and "Not a directory" in error_of(refused)["detail"] and error_of(refused)["next_step"]


def test_a_gallery_whose_disk_is_not_mounted(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "--wait")
    (tmp_path / "media").rename(tmp_path / "elsewhere")
    refused = move(cli, str(tmp_path / "new"), "--json")
    assert refused.code == 4 and "mounted" in error_of(refused)["next_step"]


def test_what_is_odd_is_named(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "a boat", "-n", "4", "--wait")
    media = tmp_path / "media"
    lost, damaged, *_ = sorted(media.glob("image_*.png"))
    lost.unlink()
    damaged.write_bytes(b"damaged")
    (media / "holiday.jpg").write_bytes(b"a user's file")
    result = move(cli, str(tmp_path / "new"))
    assert result.code == 0 and "11 of 11 files" in result.out
    assert "1 file of the gallery at neither place" in result.out and "1 file not of this app" in result.out
    assert f"{damaged.name}: copied as it is" in result.out
    found = move(cli, str(tmp_path / "new"), "--deep", "--json").document["files"]["media"]
    assert (found["missing"], found["foreign"], found["damaged"], found["copied"]) == (1, 1, [damaged.name], 0)


def test_an_empty_gallery(cli: Cli, tmp_path: Path) -> None:
    result = move(cli, str(tmp_path / "new"))
    assert result.code == 0 and "0 of 0 files" in result.out and "KAIMEDIA_MEDIA_URL=" in result.out
