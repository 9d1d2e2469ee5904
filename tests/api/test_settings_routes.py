"""Settings, models and balance over HTTP."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.errors import ConfigError
from kaimedia.jobs.key_check import KeyCheck
from kaimedia.models.catalogue import MODELS
from kaimedia.studio import account
from kaimedia.studio.account import AccountService
from tests.api.conftest import is_problem, make_client
from tests.conftest import wait_for

KEY = "canary-0123456789abcdef"


def test_values_left_out_stay(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    before = client.get("/api/settings").json()
    after = client.put("/api/settings", json={"default_variant_count": 4}).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"default_variant_count", "updated_at"} and after["default_variant_count"] == 4
    assert client.get("/api/settings").json() == after


def test_a_new_model_takes_its_ratio_along(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    body = {"default_video_model": "runway", "default_video_aspect_ratio": "4:3"}
    assert client.put("/api/settings", json=body).json()["default_video_aspect_ratio"] == "4:3"
    after = client.put("/api/settings", json={"default_video_model": "veo3"}).json()
    assert after["default_video_aspect_ratio"] == "16:9"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"default_video_aspect_ratio": "1:1"}, 409, None),
        ({"default_video_model": "veo3", "default_video_aspect_ratio": "1:1"}, 422, "default_video_aspect_ratio"),
        ({"default_image_model": "veo3"}, 422, "default_image_model"),
        ({"default_variant_count": 13}, 422, "default_variant_count"),
        ({"default_enhance": None}, 422, "default_enhance"),
        ({"default_enhance": "on"}, 422, "default_enhance"),
        ({"has_saved_key": True}, 422, "has_saved_key"),
        ({"api_key": "short"}, 422, "api_key"),
        ({"api_key": "with a space in it"}, 422, "api_key"),
    ],
)
def test_what_is_wrong_is_named(
    idle: tuple[TestClient, AppContext], body: dict[str, Any], status: int, field: str | None
) -> None:
    client, _ = idle
    before = client.get("/api/settings").json()
    is_problem(client.put("/api/settings", json=body), status, "invalid_request" if status == 422 else "stale", field)
    assert client.get("/api/settings").json() == before


def test_the_key_goes_in_and_never_out(idle: tuple[TestClient, AppContext], config: Config) -> None:
    client, context = idle
    assert client.get("/api/settings").json()["api_key"] is None
    answers = [client.put("/api/settings", json={"api_key": KEY, "default_variant_count": 2})]
    answers += [client.get(f"/api/{path}") for path in ("settings", "models", "tasks", "health", "ready", "metrics")]
    answers.append(client.put("/api/settings", json={"api_key": f"{KEY} "}))  # rejected, and not quoted in the message
    assert answers[0].json()["api_key"] == "•••• cdef" and answers[0].json()["provider"] == "kie"
    assert context.providers.key() == (KEY, "settings")
    assert not [answer.url for answer in answers if KEY in answer.text]
    files = [path for path in config.data_folder.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    forgotten = client.put("/api/settings", json={"api_key": None}).json()
    assert (forgotten["api_key"], forgotten["provider"]) == (None, "sandbox")


def test_the_catalogue_as_it_is(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    items = client.get("/api/models").json()["items"]
    assert [item["id"] for item in items] == [spec.id for spec in MODELS]
    assert all(item["is_available"] for item in items)  # the sandbox still runs what kie.ai retired
    for item, spec in zip(items, MODELS, strict=True):
        assert len(item["prices"]) == len(spec.price.table) and item["durations"] == list(spec.durations_s)
        assert [param["name"] for param in item["params"]] == [param.name for param in spec.params]
    images = client.get("/api/models", params={"type": "image"}).json()["items"]
    assert {item["type"] for item in images} == {"image"}


def test_models_are_marked_as_favorites(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    assert not any(item["is_favorite"] for item in client.get("/api/models").json()["items"])
    for _ in range(2):  # marking twice changes nothing
        marked = client.put("/api/models/veo3_fast/favorite")
        assert (marked.status_code, marked.json()) == (200, {"id": "veo3_fast", "is_favorite": True})
    assert context.studio.preferred_models.favorites() == ("veo3_fast",)
    items = client.get("/api/models").json()["items"]
    assert [item["id"] for item in items if item["is_favorite"]] == ["veo3_fast"]
    assert client.get("/api/models/veo3_fast").json()["is_favorite"]
    assert client.delete("/api/models/veo3_fast/favorite").json() == {"id": "veo3_fast", "is_favorite": False}
    assert not client.get("/api/models/veo3_fast").json()["is_favorite"]
    assert client.put("/api/models/no-such-model/favorite").status_code == 404


def test_the_balance_of_the_sandbox(client: TestClient) -> None:
    def response() -> Any:
        body = client.get("/api/credits").json()
        return body if body["credits"] is not None else None

    assert wait_for(response, "a balance") | {"checked_at": 0} == {
        "provider": "sandbox",
        "credits": 10000.0,
        "checked_at": 0,
        "is_refreshing": False,
        "problem": None,
    }


def test_the_balance_is_told_while_it_is_asked_for(
    idle: tuple[TestClient, AppContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, context = idle
    speaks = threading.Event()
    wait = threading.Event.wait

    def never_for_a_while(event: threading.Event, timeout: float | None = None) -> bool:
        assert timeout is None, "somebody waits for the provider"
        return wait(event)

    monkeypatch.setattr(context.providers, "check_key", lambda: speaks.wait())
    monkeypatch.setattr(threading.Event, "wait", never_for_a_while)
    assert context.studio.account.balance() == (KeyCheck(), True)
    speaks.set()


def on_a_server(context: AppContext, secret_key: str | None) -> None:
    """Make the app treat its database as one on a server."""
    config = replace(context.config, database_url="postgresql://me@db.example/kai", secret_key=secret_key)
    stores = context.stores
    context.studio.account = AccountService(
        config, stores.spending, stores.settings, context.providers, context.secret_box
    )


def test_a_key_that_could_not_be_read_elsewhere_is_not_saved(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    before = client.get("/api/settings").json()
    on_a_server(context, None)
    answer = client.put("/api/settings", json={"api_key": KEY, "default_variant_count": 4})
    is_problem(answer, 500, "config", "KAIMEDIA_SECRET_KEY")
    assert "KAIMEDIA_SECRET_KEY" in answer.json()["next_step"] and KEY not in answer.text
    for unchecked in (True, False):
        with pytest.raises(ConfigError):
            context.studio.account.save_key(KEY, unchecked=unchecked)
    assert client.get("/api/settings").json() == before, "a refused call changes nothing"
    assert client.put("/api/settings", json={"api_key": None, "default_variant_count": 4}).status_code == 200
    on_a_server(context, "a long text of our own")
    assert client.put("/api/settings", json={"api_key": KEY}).json()["api_key_source"] == "settings"


def test_no_route_waits_for_a_silent_provider(
    config: Config,
    open_test_context: Callable[..., AppContext],
    use_context: Callable[[AppContext | None], None],
    silent_host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account, "BALANCE_IS_FRESH_S", -1.0)
    settings = replace(
        config, provider="kie", kie_api_key="k" * 20, kie_api_url=silent_host, kie_upload_url=silent_host
    )
    use_context(open_test_context(settings))
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", path, None)
        for path in ("credits", "settings", "models", "tasks", "media", "health", "ready", "metrics")
    ]
    calls += [
        ("POST", "images/generate", {"prompt": "x"}),
        ("POST", "videos/generate", {"prompt": "x", "model": "veo3"}),
        ("PUT", "settings", {"api_key": KEY}),
    ]
    with make_client() as client:
        for method, path, body in calls * 2:
            begun = time.monotonic()
            assert client.request(method, f"/api/{path}", json=body).status_code < 300, path
            assert time.monotonic() - begun < 8.0, path
