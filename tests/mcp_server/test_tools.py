"""The tools: what they return, what they refuse, and that one set of rules decides."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from mcp import Client, MCPError

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import utc_now
from kaimedia.domain.api_token import TokenScope
from kaimedia.domain.worker import Worker
from kaimedia.mcp_server import call, resources, waiting
from tests.mcp_server.conftest import Agent, answer_of, make_a_picture

NAMES = {
    *("list_models", "describe_model", "quote", "generate_image", "generate_video", "get_task", "wait_for_task"),
    *("search_media", "get_media", "act_on_media", "spending"),
}


def test_every_tool_is_described(studio: AppContext) -> None:
    tools = {tool.name: tool for tool in Agent().talk(lambda client: client.list_tools()).tools}
    assert set(tools) == NAMES
    for tool in tools.values():
        for schema in (tool.input_schema, tool.output_schema):
            assert schema is not None and schema["type"] == "object"
            jsonschema.Draft202012Validator.check_schema(schema)
        assert tool.title and tool.description and tool.input_schema["additionalProperties"] is False
        refusal = {"error": {"code": "x", "message": "x", "next_step": None, "field": None}}
        jsonschema.validate({"error": refusal["error"] | {"task_id": None, "seconds_ago": None}}, tool.output_schema)
        assert tool.annotations is not None and tool.annotations.destructive_hint is False
    paid = {name for name, tool in tools.items() if tool.annotations and not tool.annotations.read_only_hint}
    assert paid == {"generate_image", "generate_video", "act_on_media"}


def test_the_main_job(studio: AppContext) -> None:
    task = Agent().talk(make_a_picture)
    assert task["url"] is None  # over stdio nobody knows where the app is served
    found = Agent().answer("search_media", q="paper")
    assert (found["total"], found["items"][0]["task_id"]) == (1, task["task_id"])
    assert Agent().answer("search_media", q="kite")["items"] == []
    assert Agent().answer("get_task", task_id=task["task_id"])["status"] == "completed"


def test_continue_from_an_item(studio: AppContext) -> None:
    first = Agent().talk(make_a_picture)
    media_id = first["results"][0]["media_id"]
    edited = Agent().answer("act_on_media", media_id=media_id, action="edit", prompt="add a sail")
    assert (edited["prompt"], edited["model"]) == ("add a sail", "gpt4o-image")  # its own model can edit
    references = studio.studio.tasks.get(edited["task_id"]).request.references
    assert [reference.media_id for reference in references] == [media_id]
    varied = Agent().answer("act_on_media", media_id=media_id, action="vary")
    assert varied["prompt"] == first["prompt"]
    moved = Agent().answer("act_on_media", media_id=media_id, action="animate", model="veo3_fast", prompt="it drifts")
    assert (moved["type"], moved["model"]) == ("video", "veo3_fast")
    wrong = Agent().error("act_on_media", media_id=media_id, action="extend", prompt="x")
    assert wrong["field"] == "action" and "animate" in wrong["next_step"]
    wrong = Agent().error("act_on_media", media_id=media_id, action="animate", model="gpt4o-image", prompt="x")
    assert wrong["field"] == "model" and "veo3_fast" in wrong["next_step"]
    assert Agent().error("act_on_media", media_id=media_id, action="edit")["field"] == "prompt"
    assert Agent().error("act_on_media", media_id=999, action="edit", prompt="x")["code"] == "not_found"


def test_waiting_can_be_resumed(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
) -> None:
    use_context(open_test_context(config, run_engine=False))
    task_id = Agent().answer("generate_image", prompt="a boat")["task_id"]
    waited = Agent().answer("wait_for_task", task_id=task_id, timeout_s=0.2)
    assert waited["status"] == "pending" and f"wait_for_task with task_id “{task_id}”" in waited["next_step"]
    use_context(open_test_context(config))
    assert Agent().answer("wait_for_task", task_id=task_id, timeout_s=30)["status"] == "completed"
    assert Agent().error("wait_for_task", task_id=task_id, timeout_s=waiting.MOST_WAIT_S + 1)["field"] == "timeout_s"
    assert Agent().error("wait_for_task", task_id="0" * 32)["code"] == "not_found"


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("generate_image", {"prompt": "x", "aspect": "1:1"}, "aspect"),
        ("generate_image", {"prompt": "x", "aspect_ratio": "7:1"}, "aspect_ratio"),
        ("generate_image", {"prompt": "x", "n_variants": 3}, "n_variants"),
        ("generate_image", {"prompt": ""}, "prompt"),
        ("generate_image", {"prompt": "x", "model": "no-such-model"}, "model"),
        ("generate_image", {"prompt": "x", "model": "veo3_fast"}, "model"),
        ("generate_image", {"prompt": "x", "params": {"quality": "high"}}, "quality"),
        ("generate_image", {"prompt": "x", "params": {"prompt": "y"}}, "params.prompt"),
        ("generate_image", {"prompt": "x", "references": {"nothing": []}}, "references"),
        ("generate_video", {"prompt": "x"}, "model"),
        ("generate_video", {"prompt": "x", "model": "runway", "duration": 7}, "duration"),
        ("quote", {"prompt": "x", "model": "veo3_fast", "duration": 3}, "duration"),
        ("get_media", {"media_id": 0}, "media_id"),
        ("search_media", {"cursor": "never given"}, "cursor"),
    ],
)
def test_invalid_arguments_are_named(studio: AppContext, tool: str, arguments: dict[str, Any], field: str) -> None:
    error = Agent().error(tool, **arguments)
    assert (error["code"], error["field"].split(".")[0]) == ("invalid_request", field.split(".")[0]), error
    assert studio.studio.tasks.page().total == 0


def test_objects_sent_as_text_are_read(studio: AppContext) -> None:
    wish = {"model": "veo3_fast", "prompt": "a boat"}
    assert Agent().error("quote", **wish, params='{"nothing": 1}')["field"] == "nothing"
    assert Agent().error("quote", **wish, params="nothing")["field"] == "params"


@pytest.mark.parametrize("tool", ["generate_image", "generate_video", "act_on_media"])
def test_a_token_needs_the_scope_to_generate(studio: AppContext, tool: str) -> None:
    arguments = {
        "generate_image": {"prompt": "x"},
        "generate_video": {"prompt": "x", "model": "veo3_fast"},
        "act_on_media": {"media_id": 1, "action": "edit", "prompt": "x"},
    }
    reader = Agent("a-secret", TokenScope.READ)
    assert reader.error(tool, **arguments[tool])["code"] == "scope_missing"
    assert not reader.answer("quote", prompt="x")["would_be_refused"]
    assert studio.studio.tasks.page().total == 0


def test_models(studio: AppContext) -> None:
    page = Agent().answer("list_models", does="upscale", limit=1)
    assert page["total"] > len(page["items"]) == 1
    model = Agent().answer("describe_model", model="veo3_fast")
    assert model["request_schema"]["properties"]["model"] == {"const": "veo3_fast"} and model["prices"]
    found = Agent().answer("list_models", q="VEO fast")
    assert "veo3_fast" in [each["id"] for each in found["items"]]
    assert Agent().error("describe_model", model="nothing")["next_step"] == "Call list_models for the ids."


def test_resources_and_prompts(studio: AppContext) -> None:
    async def look(client: Client) -> None:
        task = await make_a_picture(client)
        listed = [each.uri for each in (await client.list_resources()).resources]
        assert listed == ["kaimedia://models", task["results"][0]["resource_uri"]]
        models = json.loads((await client.read_resource("kaimedia://models")).contents[0].text)
        assert len(models["items"]) == models["total"] > 50
        one = json.loads((await client.read_resource("kaimedia://models/veo3_fast")).contents[0].text)
        assert one["id"] == "veo3_fast"
        templates = (await client.list_resource_templates()).resource_templates
        assert [each.uri_template for each in templates] == [
            "kaimedia://media/{media_id}",
            "kaimedia://models/{+model}",
        ]
        for uri in ("kaimedia://media/999", "kaimedia://models/none", "kaimedia://settings", "file:///etc/passwd"):
            with pytest.raises(MCPError):
                await client.read_resource(uri)
        styles = (await client.list_prompts()).prompts
        assert {each.name for each in styles} == {each.id for each in studio.studio.styles.all().items}
        content = (await client.get_prompt(styles[0].name, {"subject": "a cat"})).messages[0].content
        assert "a cat" in content.text and styles[0].name in content.text
        with pytest.raises(MCPError):
            await client.get_prompt(styles[0].name, {"subject": " "})
        answer_of(await client.call_tool("generate_image", {"prompt": "a cat", "style": styles[0].name}))

    Agent().talk(look)


def test_a_tool_that_does_not_exist(studio: AppContext) -> None:
    assert "generate_image" in Agent().error("generate_song")["next_step"]


def test_an_error_of_ours_shows_no_details(studio: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(studio.studio.gallery, "page", broken)
    error = Agent().error("search_media")
    assert error["code"] == "error" and "secret" not in json.dumps(error)


@pytest.mark.parametrize(
    ("origin", "step"),
    [
        ("", "`python -m kaimedia get 1 -o FILE`"),
        ("http://studio.example", "http://studio.example/static/media/image_"),
    ],
)
def test_a_large_file_is_not_a_resource(
    studio: AppContext, monkeypatch: pytest.MonkeyPatch, origin: str, step: str
) -> None:
    uri = Agent().talk(make_a_picture)["results"][0]["resource_uri"]
    assert resources.MAX_BYTES == 8_000_000
    monkeypatch.setattr(resources, "MAX_BYTES", 10)

    async def read(client: Client) -> None:
        with pytest.raises(MCPError, match="at most 1e-05 MB, this file has") as raised:
            await client.read_resource(uri)
        assert raised.value.error.data["code"] == "too_large"
        assert step in raised.value.error.data["next_step"] and step in str(raised.value)

    known = call.origin.set(origin)
    try:
        Agent().talk(read)
    finally:
        call.origin.reset(known)


def test_at_most_two_files_are_read_at_once(studio: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = Agent().talk(make_a_picture)["results"][0]["resource_uri"]
    read, begun, may_end = studio.studio.gallery.bytes_of_file, threading.Semaphore(0), threading.Event()

    def wait_and_read(filename: str, max_bytes: int) -> bytes | None:
        begun.release()
        may_end.wait(30)
        return read(filename, max_bytes)

    monkeypatch.setattr(studio.studio.gallery, "bytes_of_file", wait_and_read)

    async def read_all(client: Client) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(client.read_resource(uri))
            for _ in range(2):
                assert await asyncio.to_thread(begun.acquire, timeout=30)
            # What was sent later is answered: the other reads were received, and wait.
            assert (await client.read_resource("kaimedia://models")).contents
            assert not begun.acquire(blocking=False)
            may_end.set()

    try:
        Agent().talk(read_all)
    finally:
        may_end.set()
    assert all(begun.acquire(blocking=False) for _ in range(3)), "the others followed"


def test_a_task_says_if_it_ends_with_the_server(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
) -> None:
    context = open_test_context(config, run_engine=False)
    use_context(context)
    assert "continues by itself" in Agent().answer("generate_image", prompt="a boat")["next_step"]  # over HTTP
    default = call.is_over_stdio.set(True)
    try:
        task = Agent().answer("generate_image", prompt="a kite")
        assert "only while this server or the app runs" in task["next_step"]
        now = utc_now()
        for name, expected in ((context.engine.owner, "only while this server"), ("the app", "continues by itself")):
            context.stores.workers.announce(Worker(name, "1.0", "embedded", now, now))
            assert expected in Agent().answer("get_task", task_id=task["task_id"])["next_step"]
    finally:
        call.is_over_stdio.reset(default)
