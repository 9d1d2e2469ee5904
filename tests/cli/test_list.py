"""`list`: pages, filters, lines fit for a terminal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace

from kaimedia.api.schemas import MediaOut, TaskOut
from kaimedia.cli.output import media_document, one_line, printable, task_document
from kaimedia.context import AppContext
from kaimedia.domain import Condition, Phase
from tests.cli.conftest import Cli
from tests.conftest import image_request, video_request, wait_for_phase


def test_pages_of_tasks(cli: Cli) -> None:
    for number in range(5):
        cli("generate", f"boat {number}")
    first = cli("list", "--limit", "2", "--json").document
    assert (len(first["items"]), first["total"]) == (2, 5)
    second = cli("list", "--limit", "2", "--cursor", first["next_cursor"], "--json").document
    prompts = [item["prompt"] for item in (*first["items"], *second["items"])]
    assert prompts == ["boat 4", "boat 3", "boat 2", "boat 1"]
    every = cli("list", "--limit", "2", "--all", "--json").document
    assert [item["prompt"] for item in every["items"]] == [*prompts, "boat 0"] and every["next_cursor"] is None
    lines = cli("list", "--all").out.splitlines()
    assert [line.split()[0] for line in lines] == [item["task_id"] for item in every["items"]]
    assert "--cursor" in cli("list", "--limit", "1").err


def test_filters(cli: Cli) -> None:
    cli("generate", "a red boat", "--wait")
    cli("generate", "a kite", "-m", "veo3_fast", "--wait")
    cli("generate", "left in line")
    assert [item["prompt"] for item in cli("list", "--status", "pending", "--json").document["items"]] == [
        "left in line"
    ]
    assert cli("list", "--status", "completed", "--json").document["total"] == 2

    def prompts(*arguments: str) -> list[str]:
        return [item["prompt"] for item in cli("list", "media", *arguments, "--json").document["items"]]

    assert prompts() == ["a kite", "a red boat"] and prompts("--oldest") == ["a red boat", "a kite"]
    assert prompts("--type", "video") == prompts("--model", "veo3_fast") == ["a kite"]
    assert prompts("--search", "red") == ["a red boat"] and prompts("--favorites") == []
    assert len(cli("list", "media").out.splitlines()) == 2


def test_options_of_the_other_kind_are_refused(cli: Cli) -> None:
    assert cli("list", "media", "--status", "failed", "--json").document["error"]["field"] == "status"
    assert cli("list", "--search", "x").code == 2
    assert cli("list", "--cursor", "nonsense").code == 2


def test_nothing_there(cli: Cli) -> None:
    found = cli("list")
    assert (found.code, found.out) == (0, "") and "Nothing found" in found.err


def test_a_terminal_is_told_nothing_it_would_obey() -> None:
    wild = "a\x1b[31m\x07 red\n\u202eboat\x9b2J"
    assert printable(wild).isprintable() or "\n" in printable(wild)
    assert not set(one_line(wild, 80)) & {"\x1b", "\x07", "\u202e", "\x9b", "\n"}
    assert one_line("word " * 50, 20).endswith("…") and len(one_line("word " * 50, 20)) <= 20


def test_a_reader_that_has_enough(cli: Cli, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    cli("generate", "x")
    process = start("list", "--all")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.wait(30)
    assert b"Traceback" not in err and b"Exception" not in err, err


def test_a_stdout_that_knows_ascii_only(cli: Cli, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    cli("generate", "Möwe 🛶")
    out, err = start("list", "--json", PYTHONIOENCODING="ascii").communicate(timeout=60)
    assert json.loads(out)["items"][0]["prompt"] == "Möwe 🛶", err
    process = start("list", PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and out.endswith(b"M?we ?\n") and not err
    process = start("generate", "x", "--json", "--model", b"\xff\xfe")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2 and json.loads(out)["error"]["field"] == "model" and b"Traceback" not in err


def test_json_says_what_the_api_says(context: AppContext) -> None:
    requests = (image_request(), video_request(), image_request("x [fault:create_accepted_reset]"))
    for request in requests:
        task = context.studio.tasks.submit(request)
        task = wait_for_phase(context, task.task_id, Phase.DONE, Phase.FAILED)
        media = context.studio.gallery.of_task(task.task_id)
        assert task_document(task, media) == TaskOut.of(task, media).model_dump(mode="json")
        for item in media:
            assert media_document(item, ["x"]) == MediaOut.of(item, ["x"]).model_dump(mode="json")
            assert list(media_document(item, ["x"])) == list(MediaOut.model_fields), "REST sends it as it is"
            missing = replace(item, condition=Condition.MISSING)
            assert media_document(missing, []) == MediaOut.of(missing, []).model_dump(mode="json")
            assert "no longer in the media storage" in media_document(missing, [])["error"]
