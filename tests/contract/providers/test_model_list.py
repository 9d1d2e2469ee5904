"""kie.ai's list of models and their schemas over a real socket, and how the replies are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kaimedia import errors
from kaimedia.domain import InputSchema, ListedModel, Modality, SchemaProblem
from kaimedia.providers.base import ListsModels
from kaimedia.providers.http.pacing import Pacing
from kaimedia.providers.kie.client import KieClient
from kaimedia.providers.kie.http.transport import Transport
from kaimedia.providers.kie.parsing import openapi
from tests.contract.providers.loopback import CANARY, Loopback, reply

KLING = {
    "model": "kling/v2-1-master-text-to-video",
    "slug": "kling/v2-1-master-text-to-video",
    "title": "Affordable Kling 2.1\nMaster API",
    "provider": "Kling",
    "taskType": ["Text to Video"],
    "description": None,
    "pricingDesc": "A 5-second video costs 160 credits (0.80 USD)",
}
TOO_OFTEN = {"code": 429, "msg": "Your call frequency is too high. Please try again later.", "data": None}
CREATE = openapi.CREATE_PATH


def listed(*models: Any, total: int | None = None) -> dict[str, Any]:
    data = {"total": len(models) if total is None else total, "models": list(models)}
    return {"code": 200, "msg": "success", "data": data}


@pytest.fixture
def client(make: Callable[..., Transport]) -> KieClient:
    return KieClient(make(), Pacing(is_on=False))


def test_the_list_is_read(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply(listed(KLING, {"model": "suno/music", "taskType": ["Text to Music"]})))
    assert isinstance(client, ListsModels)
    assert client.listed_models() == (
        ListedModel(
            KLING["model"],
            "Affordable Kling 2.1 Master API",
            "Kling",
            Modality.VIDEO,
            ("text-to-video",),
            "A 5-second video costs 160 credits (0.80 USD)",
        ),
        ListedModel("suno/music"),
    )
    [seen] = loopback.seen
    assert seen.path == "/api/v1/models" and seen.headers["Authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize(
    ("task_types", "modality"),
    [
        (["Image to Video"], Modality.VIDEO),
        (["Video to Image"], Modality.IMAGE),
        (["Image Editing"], Modality.IMAGE),
        ("Video Upscale", Modality.VIDEO),
        (["Lip Sync"], Modality.VIDEO),
        (["Chat"], None),
        (["Video to Audio"], None),
        (["Chat", "Text to Image"], Modality.IMAGE),
        (None, None),
        ([7], None),
    ],
)
def test_what_a_model_makes(loopback: Loopback, client: KieClient, task_types: Any, modality: Modality | None) -> None:
    loopback.will(reply(listed({"model": "a", "taskType": task_types})))
    assert client.listed_models()[0].modality is modality


@pytest.mark.parametrize(
    "body",
    [
        listed(),
        listed({"model": "../secret"}, {"model": "a/b/c"}, {"model": 5}, "a", {}),
        listed(KLING, total=2),
        {"code": 200, "msg": "success", "data": None},
        {"code": 200, "msg": "success", "data": [KLING]},
    ],
)
def test_a_list_from_which_nothing_follows_is_an_error(loopback: Loopback, client: KieClient, body: Any) -> None:
    loopback.will(reply(body))
    with pytest.raises(errors.UnexpectedResponse, match="list of models"):
        client.listed_models()


def test_refusals_are_errors(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 401, "msg": "You do not have access permissions"}), reply("<html>bad gateway</html>"))
    with pytest.raises(errors.AuthFailed):
        client.listed_models()
    with pytest.raises(errors.ProviderUnavailable):
        client.listed_models()


def test_a_reply_that_it_is_too_soon_is_waited_out(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply(TOO_OFTEN), reply(TOO_OFTEN), reply(listed(KLING)))
    assert len(client.listed_models()) == 1
    assert len(loopback.seen) == 3


def test_in_the_end_too_soon_is_an_error(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply(TOO_OFTEN))
    with pytest.raises(errors.RateLimited, match="list of models"):
        client.listed_models()


def test_lists_and_schemas_wait_for_one_shared_turn(loopback: Loopback, make: Callable[..., Transport]) -> None:
    waits: list[float] = []
    pace = Pacing(polls_per_s=0.5, clock=lambda: 0.0, sleep=waits.append)
    client = KieClient(make(), pace)
    loopback.will(reply(listed(KLING)), reply({"code": 200, "data": {"model": "a", "openapi": None}}))
    client.listed_models()
    client.input_schema("a")
    assert waits == [2.0]


def test_the_slash_of_an_id_stays(loopback: Loopback, client: KieClient) -> None:
    loopback.will(reply({"code": 200, "data": {"model": KLING["model"], "openapi": None}}))
    assert client.input_schema(KLING["model"]) == InputSchema(None, SchemaProblem.NOT_PUBLISHED)
    assert loopback.seen[0].path == "/api/v1/models/kling/v2-1-master-text-to-video/schema"


def document(body: Any, **schemas: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": body}}
    return {
        "openapi": {
            "openapi": "3.1.0",
            "paths": {CREATE: {"post": {"requestBody": {"content": content}}}},
            "components": {"schemas": schemas},
        }
    }


def test_references_are_followed_wherever_they_stand() -> None:
    found = openapi.input_schema(
        document(
            {"$ref": "#/components/schemas/create%20task"},
            **{
                "create task": {"allOf": [{"$ref": "#/components/schemas/base "}], "required": ["model"]},
                "base ": {"properties": {"input": {"$ref": "#/components/schemas/a~1b"}}},
                "a/b": {
                    "allOf": [{"properties": {"seed": {"type": "integer"}}, "required": ["seed"]}],
                    "properties": {"prompt": {"$ref": "#/components/schemas/text"}},
                    "required": ["prompt"],
                },
                "text": {"type": "string", "x-order": 1, "example": "A fox", "description": "d" * 900},
            },
        )
    )
    assert found == InputSchema(
        {
            "properties": {
                "seed": {"type": "integer"},
                "prompt": {"type": "string", "description": "d" * 400},
            },
            "required": ["prompt", "seed"],
        }
    )


def test_what_databases_refuse_is_left_out() -> None:
    properties = {
        "seed": {"type": "integer", "default": float("nan"), "maximum": float("inf"), "enum": [1, float("-inf")]},
        "text": {"type": "string", "description": "a\x00b\ud800c\nd"},
        "na\x00me": {"type": "string"},
    }
    found = openapi.input_schema(document({"properties": {"input": {"properties": properties}}}))
    assert found.schema is not None and found.schema["properties"] == {
        "seed": {"type": "integer", "default": None, "maximum": None, "enum": [1, None]},
        "text": {"type": "string", "description": "abc\nd"},
    }


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, SchemaProblem.NOT_PUBLISHED),
        ({"openapi": None}, SchemaProblem.NOT_PUBLISHED),
        ({"openapi": "text"}, SchemaProblem.UNREADABLE),
        ({"openapi": {"paths": {}}}, SchemaProblem.UNREADABLE),
        ({"openapi": {"paths": {"/claude/v1/messages": {}}}}, SchemaProblem.OTHER_ENDPOINT),
        ({"openapi": {"paths": {CREATE: {"post": []}}}}, SchemaProblem.UNREADABLE),
        (document({"type": "object", "properties": {"model": {}}}), SchemaProblem.UNREADABLE),
        (document({"properties": {"input": {"$ref": "#/nowhere"}}}), SchemaProblem.UNREADABLE),
        (document({"$ref": "#/components/schemas/a"}, a={"$ref": "#/components/schemas/a"}), SchemaProblem.UNREADABLE),
        (
            document(
                {"$ref": "#/components/schemas/a"}, a={"properties": {"input": {"$ref": "#/components/schemas/a"}}}
            ),
            SchemaProblem.UNREADABLE,
        ),
    ],
)
def test_why_there_is_no_schema(data: Any, problem: SchemaProblem) -> None:
    assert openapi.input_schema(data) == InputSchema(None, problem)
