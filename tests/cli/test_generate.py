"""`generate` and `get`: from a prompt to a file, and the exit codes scripts rely on."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.cli.conftest import Cli, sandbox_tasks
from tests.conftest import wait_for

Start = Callable[..., subprocess.Popen[bytes]]


def test_one_line_from_prompt_to_file(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "boat.png"
    made = cli("generate", "a paper boat", "--wait", "-o", str(target))
    assert (made.code, made.out) == (0, f"{target}\n"), made.err
    with Image.open(target) as image:
        assert image.format == "PNG"
    (item,) = cli("list", "media", "--json").document["items"]
    assert hashlib.sha256(target.read_bytes()).hexdigest() == item["sha256"]
    assert not list(tmp_path.glob(".*part"))


def test_several_results_are_numbered(cli: Cli, tmp_path: Path) -> None:
    made = cli("generate", "boats", "-n", "4", "-o", str(tmp_path / "boat.png"), "--json")
    names = [Path(path).name for path in made.document["saved_to"]]
    assert names == ["boat.png", "boat-2.png", "boat-3.png", "boat-4.png"]
    assert len({(tmp_path / name).read_bytes() for name in names}) == 4
    assert len(made.document["media_ids"]) == len(made.document["result_urls"]) == 4


def test_into_a_folder_under_names_from_the_prompt(cli: Cli, tmp_path: Path) -> None:
    made = cli("generate", "Ein Boot, Größe 5", "-o", str(tmp_path), "-q")
    (path,) = made.out.split("\n")[:-1]
    assert Path(path).name.startswith("ein-boot-größe-5-") and Path(path).parent == tmp_path
    assert made.err == ""


def test_a_video_to_a_link_leaves_the_link(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "video.mp4", tmp_path / "video.mp4"
    real.write_bytes(b"old")
    link.symlink_to(real)
    assert cli("generate", "a kite", "-m", "veo3_fast", "-o", str(link)).code == 0
    assert link.is_symlink() and real.read_bytes()[4:8] == b"ftyp"


def test_stdout_carries_the_file_alone(start: Start, tmp_path: Path) -> None:
    process = start("generate", "a paper boat", "-o", "-")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    with Image.open(BytesIO(out)) as image:
        image.verify()


def test_ask_now_fetch_later(cli: Cli, tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    asked = cli("generate", "a paper boat", "--json")
    assert asked.code == 0 and asked.document["status"] == "pending" and not sandbox_tasks(sandbox)
    task_id = asked.document["task_id"]
    assert task_id in asked.err
    shown = cli("get", task_id, "--json")
    assert shown.code == 3 and shown.document["phase"] == "queued"
    target = tmp_path / "later.png"
    fetched = cli("get", task_id, "--wait", "-o", str(target), "--json")
    assert fetched.code == 0 and fetched.document["saved_to"] == [str(target)] and target.stat().st_size > 100
    assert cli("get", task_id).code == 0
    assert len(sandbox_tasks(sandbox)) == 1


def test_the_prompt_may_come_from_stdin(cli: Cli) -> None:
    assert cli("generate", "-", "--json", stdin="  two words\n").document["prompt"] == "two words"


@pytest.mark.parametrize(
    ("fault", "code", "error_code", "charged"),
    [
        ("create_policy", 1, "moderated", 0),
        ("create_402", 1, "no_credits", 0),
        ("create_accepted_reset", 5, "outcome_unknown", 1),
    ],
)
def test_how_failures_end(
    cli: Cli, sandbox: EmbeddedSandbox, fault: str, code: int, error_code: str, charged: int
) -> None:
    made = cli("generate", f"a boat [fault:{fault}]", "--wait", "--json")
    result = made.document
    assert (made.code, result["status"], result["error_code"]) == (code, "failed", error_code), made
    assert result["may_have_cost"] == bool(charged) and result["error"] and len(sandbox_tasks(sandbox)) == charged
    assert cli("get", result["task_id"], "--wait").code == code


def test_patience_ends_the_task_goes_on(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    made = cli("generate", "a boat [fault:slow=600]", "--timeout", "1", "--wait")
    assert made.code == 3 and "it continues" in made.err
    (task,) = cli("list", "--json").document["items"]
    assert task["status"] in ("pending", "processing") and len(sandbox_tasks(sandbox)) <= 1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["", "--wait"], "prompt"),
        (["x", "-m", "nobody"], "model"),
        (["x", "-a", "7:9"], "aspect_ratio"),
        (["x", "-n", "3"], "variants"),
        (["x", "-d", "5"], "duration_s"),
        (["x", "-m", "runway", "--enhance"], "enhance"),
        (["x", "-m", "runway", "--set", "quality=9"], "quality"),
        (["x", "-m", "runway", "--set", "colour=blue"], "colour"),
        (["x", "-m", "kling-2.5-turbo", "--set", "cfg_scale=lots"], "cfg_scale"),
        (["x", "--set", "quality"], "set"),
        (["x", "--reference", "/nowhere/x.png"], "reference"),
        (["x", "--once", "two words"], "once"),
        (["x", "-o", "/nowhere/at/all.png"], "output"),
        (["x", "-n", "2", "-o", "-"], "output"),
        (["x", "-o", "-"], "output"),  # --json is added below: both want stdout
    ],
)
def test_wrong_input_is_named_and_nothing_is_sent(
    cli: Cli, sandbox: EmbeddedSandbox, arguments: list[str], field: str
) -> None:
    made = cli("generate", *arguments, "--json")
    assert (made.code, made.document["error"]["field"]) == (2, field), made
    assert made.document["error"]["detail"] in made.err and "Traceback" not in made.err
    assert not sandbox_tasks(sandbox) and cli("list", "--json").document["total"] == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_refused_before_paying(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert cli("generate", "x", "-o", str(tmp_path / "closed" / "x.png"), "--json").code == 2


@pytest.mark.parametrize("arguments", [[], ["generate"], ["generate", "x", "--timeout", "0"], ["list", "--limit", "0"]])
def test_wrong_usage(cli: Cli, arguments: list[str]) -> None:
    assert cli(*arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "--json"],
        ["generate", "x", "--js", "--bogus"],
        ["list", "--limit", "0", "--json"],
        ["--json"],
        ["nonsense", "--json"],
        ["doctor", "--json", "--bogus"],
    ],
)
def test_wrong_usage_is_told_in_json_too(cli: Cli, arguments: list[str]) -> None:
    result = cli(*arguments)
    assert (result.code, result.document["error"]["code"]) == (2, "usage")
    assert result.document["error"]["detail"] in result.err and "usage:" in result.err
    assert cli("generate", "x", "--bogus", "--", "--json").out == ""


def test_several_references_with_roles(cli: Cli, tmp_path: Path) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (64, 48), "teal").save(tmp_path / f"{name}.png")
    first, last = (f"{role}={tmp_path / name}.png" for role, name in (("first_frame", "a"), ("last_frame", "b")))
    made = cli("generate", "from here to there", "-m", "veo3_fast", "--reference", last, "--reference", first, "--json")
    assert made.code == 0, made.err
    alone = cli("generate", "x", "-m", "veo3_fast", "--reference", last)
    assert alone.code == 2 and "needs “First frame” too" in alone.err
    wrong = cli("generate", "x", "--reference", first)
    assert wrong.code == 2 and "takes no first_frame" in wrong.err


def test_a_reference_from_a_file_and_from_the_gallery(cli: Cli, tmp_path: Path, sandbox: EmbeddedSandbox) -> None:
    image = tmp_path / "reference.png"
    Image.new("RGB", (320, 240), "teal").save(image)
    assert cli("generate", "in oil", "--reference", str(image), "--wait").code == 0
    (item,) = cli("list", "media", "--json").document["items"]
    assert cli("generate", "it moves", "-m", "runway", "--reference", f"media:{item['id']}", "--wait").code == 0
    (tmp_path / "text.png").write_text("no image")
    assert cli("generate", "x", "--reference", str(tmp_path / "text.png")).code == 2
    assert cli("generate", "x", "--reference", "media:999").code == 4
    assert cli("generate", "x", "--reference", "http://127.0.0.1:1/x.png").code == 2
    assert len(sandbox_tasks(sandbox)) == 2


def test_own_fields_are_read_by_their_kind(cli: Cli) -> None:
    fields = ["--set", "resolution=1080p", "--set", "enable_translation=off", "--set", "watermark=a=b"]
    assert cli("generate", "x", "-m", "veo3_fast", *fields, "--json").code == 0
    assert cli("generate", "x", "-m", "kling-2.5-turbo", "-d", "10", "--set", "cfg_scale=0.7", "--json").code == 0


def test_stopping_it_loses_nothing(start: Start, cli: Cli, sandbox: EmbeddedSandbox, tmp_path: Path) -> None:
    process = start("generate", "a boat [fault:slow=400]", "--wait")
    wait_for(lambda: sandbox_tasks(sandbox), "the create")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130 and b"Traceback" not in err, err
    task_id = err.split()[0].decode()
    assert cli("get", task_id, "--wait", "-o", str(tmp_path / "x.png")).code == 0
    assert len(sandbox_tasks(sandbox)) == 1


def test_a_paid_call_under_way_is_let_end(start: Start, cli: Cli, sandbox: EmbeddedSandbox) -> None:
    process = start("generate", "a boat [fault:create_accepted_timeout=4]", "--wait")
    wait_for(lambda: sandbox_tasks(sandbox), "the create")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert cli("get", err.split()[0].decode(), "--wait", "--json").document["error_code"] is None
    assert len(sandbox_tasks(sandbox)) == 1


def test_items_by_number(cli: Cli, tmp_path: Path) -> None:
    task_id = cli("generate", "a boat", "--wait", "--json").document["task_id"]
    (item,) = cli("list", "media", "--json").document["items"]
    result = cli("get", str(item["id"]), "-o", str(tmp_path / "x.jpg"), "--json")
    assert result.code == 0 and result.document["task_id"] == task_id
    assert "is actually a PNG" in result.err and (tmp_path / "x.jpg").read_bytes()[1:4] == b"PNG"
    assert Path(item["url"]).name in cli("get", str(item["id"])).out


@pytest.mark.parametrize(("given", "code"), [("1", 4), ("0" * 32, 4), ("x", 2), ("9" * 19, 2), ("-", 2)])
def test_what_is_not_there(cli: Cli, given: str, code: int) -> None:
    assert cli("get", given, "--json").code == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_copy_that_fails_does_not_say_nothing_was_sent(cli: Cli, sandbox: EmbeddedSandbox) -> None:
    result = cli("generate", "a boat", "-o", "/dev/full", "--json")
    assert (result.code, result.document["error"]["code"]) == (
        1,
        "storage_full",
    ) and "safe in the gallery" in result.err
    assert len(sandbox_tasks(sandbox)) == 1 and cli("list", "media", "--json").document["total"] == 1


def test_results_deleted_from_the_gallery(cli: Cli, tmp_path: Path) -> None:
    result = cli("generate", "a boat", "--wait", "--json").document
    (tmp_path / "media" / Path(result["result_urls"][0]).name).unlink()
    assert cli("get", result["task_id"], "-o", str(tmp_path / "x.png")).code == 4


def test_a_broken_setting_is_told_in_json_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIMEDIA_DATABASE_URL", "mysql://u:canary@h/x")
    result = cli("list", "--json")
    assert result.code == 1 and result.document["error"]["code"] == "config" and "canary" not in result.out + result.err


def test_no_key_where_one_is_needed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIMEDIA_PROVIDER", "kie")
    result = cli("generate", "x", "--json")
    assert result.code == 1 and result.document["error"]["code"] == "bad_key"


def test_engine_off_leaves_the_work_to_others(
    cli: Cli, sandbox: EmbeddedSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAIMEDIA_ENGINE", "off")
    assert cli("generate", "x", "--wait", "--timeout", "1").code == 3
    assert not sandbox_tasks(sandbox)


def test_help_names_the_codes_and_loads_little(place: dict[str, str]) -> None:
    script = (
        "import sys\nfrom kaimedia.__main__ import main\n"
        "try:\n    main(['generate', '--help'])\nexcept SystemExit:\n    pass\n"
        "import json; print(json.dumps([n for n in ('sqlalchemy', 'av', 'requests', 'streamlit') if n in sys.modules]))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "exit codes:" in run.stdout
    assert json.loads(run.stdout.splitlines()[-1]) == []
