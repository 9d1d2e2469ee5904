"""Styles over HTTP: list, save, and apply to a prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kaimedia.cli.styles import style_document
from kaimedia.context import AppContext
from tests.api.conftest import ask, is_problem

INK = """name = "Blue ink"
kind = "image"
suffix = "Blue ink."
[settings]
aspect_ratio = "3:2"
variants = 2
"""
RISE = """name = "Rise"
kind = "video"
prompt = "Rising over {prompt}"
[settings]
duration_s = 6
aspect_ratio = "1:1"
[settings.params]
resolution = "1080p"
watermark = 7
cfg_scale = 0.3
"""


def write(context: AppContext, **files: str) -> Path:
    folder = context.studio.styles.folder()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def requested(context: AppContext, accepted: dict[str, Any]) -> Any:
    return context.studio.tasks.get(accepted["task_id"]).request


def test_a_style_goes_around_the_prompt(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    write(context, ink=INK)
    for named in ("ink", "Blue ink", " BLUE  INK "):
        made = requested(context, ask(client, "a boat.", style=named))
        assert (made.prompt, made.aspect_ratio, made.variants) == ("a boat. Blue ink.", "3:2", 2)
    made = requested(context, ask(client, "a boat", style="ink", aspect_ratio="1:1", n_variants=1))
    assert (made.prompt, made.aspect_ratio, made.variants) == ("a boat. Blue ink.", "1:1", 1), "what is named stays"


def test_what_the_model_does_not_offer_is_left(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    write(context, rise=RISE)
    veo = requested(context, ask(client, "a sea", kind="videos", model="veo3_fast", style="rise"))
    assert (veo.prompt, veo.aspect_ratio, veo.duration_s) == ("Rising over a sea", "16:9", 6)
    assert veo.params["resolution"] == "1080p" and veo.params.get("watermark") in (None, "")
    assert "cfg_scale" not in veo.params
    own = {"resolution": "720p", "duration": 4}
    named = requested(context, ask(client, "a sea", kind="videos", model="veo3_fast", style="rise", **own))
    assert (named.params["resolution"], named.duration_s) == ("720p", 4)


def test_a_style_that_does_not_fit_sends_nothing(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    write(context, rise=RISE, long=f'name = "Long"\nprompt = "{{prompt}} {"x" * 1490}"\n')
    for body, status, code, field in (
        ({"prompt": "x", "style": "nobody"}, 404, "not_found", None),
        ({"prompt": "x", "style": ""}, 422, "invalid_request", "style"),
        ({"prompt": "x", "style": 7}, 422, "invalid_request", "style"),
        ({"prompt": "x", "style": "rise"}, 422, "invalid_request", "style"),
        ({"prompt": "x" * 3900, "style": "long"}, 422, "invalid_request", "prompt"),
    ):
        is_problem(client.post("/api/images/generate", json=body), status, code, field)
    assert context.studio.tasks.page().total == 0


def test_a_key_holds_although_the_style_changed(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    folder = write(context, ink=INK)
    body, headers = {"prompt": "a boat", "style": "ink"}, {"Idempotency-Key": "once"}
    first = client.post("/api/images/generate", json=body, headers=headers).json()
    (folder / "ink.toml").unlink()
    assert client.post("/api/images/generate", json=body, headers=headers).json()["task_id"] == first["task_id"]
    assert context.studio.tasks.page().total == 1


def test_styles_are_listed_with_what_is_wrong(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    write(context, ink=INK, broken='name = "Broken"\n')
    found = client.get("/api/styles").json()
    assert [style["id"] for style in found["items"] if style["is_own"]] == ["ink"]
    assert found["items"] == [style_document(style) for style in context.studio.styles.all().items]
    assert [problem["file"] for problem in found["problems"]] == ["broken.toml"]


def test_a_style_is_saved_and_replaced_only_on_purpose(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    answer = client.post("/api/styles", json={"name": "Wet ink", "text": "wet\tink\non paper"})
    assert answer.status_code == 201 and answer.json()["prompt"] == "{prompt}. wet\tink\non paper"
    again = {"name": "WET INK", "text": "{prompt} in ink"}
    is_problem(client.post("/api/styles", json=again), 409, "conflict", "name")
    replaced = client.post("/api/styles", json={**again, "replace": True}).json()
    assert (replaced["id"], replaced["prompt"]) == ("wet-ink", "{prompt} in ink")
    ours = next(style.name for style in context.studio.styles.all().items if style.is_builtin)
    is_problem(client.post("/api/styles", json={"name": ours, "text": "x", "replace": True}), 409, "conflict", "name")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "text"),
        ({"name": " ", "text": "x"}, "name"),
        ({"name": "x" * 41, "text": "x"}, "name"),
        ({"name": "x", "text": "\n\u2028"}, "text"),
        ({"name": "x", "text": "a\u000bb"}, "text"),
        ({"name": "x", "text": "x" * 1499}, "text"),
        ({"name": "x", "text": "{prompt} and {prompt}"}, "text"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_style_is_named(idle: tuple[TestClient, AppContext], body: dict[str, Any], field: str) -> None:
    is_problem(idle[0].post("/api/styles", json=body), 422, "invalid_request", field)


def test_an_own_style_is_renamed_and_deleted(idle: tuple[TestClient, AppContext]) -> None:
    client, context = idle
    folder = write(context, ink=INK, rise=RISE)
    renamed = client.patch("/api/styles/ink", json={"name": "Wet ink"})
    assert renamed.status_code == 200 and (renamed.json()["id"], renamed.json()["name"]) == ("ink", "Wet ink")
    is_problem(client.patch("/api/styles/ink", json={"name": "Rise"}), 409, "conflict", "name")
    is_problem(client.delete("/api/styles/Wet%20ink"), 404, "not_found")  # a name is not an id
    assert client.delete("/api/styles/ink").json()["name"] == "Wet ink"
    assert not (folder / "ink.toml").exists() and (folder / "deleted" / "ink.toml").exists()
    is_problem(client.delete("/api/styles/ink"), 404, "not_found")
    is_problem(client.patch("/api/styles/ink", json={"name": "Ink"}), 404, "not_found")


def test_styles_of_ours_stay_as_they_are(idle: tuple[TestClient, AppContext]) -> None:
    client, _ = idle
    ours = next(each for each in client.get("/api/styles").json()["items"] if not each["is_own"])
    is_problem(client.delete(f"/api/styles/{ours['id']}"), 404, "not_found")
    is_problem(client.patch(f"/api/styles/{ours['id']}", json={"name": "Mine"}), 404, "not_found")
    assert ours in client.get("/api/styles").json()["items"]


def test_a_link_to_nothing_hides_no_later_change(context: AppContext) -> None:
    folder = write(context, ink=INK)
    (folder / ".#ink.toml").symlink_to(folder / "gone")  # as an editor locks a file
    assert [style.name for style in context.studio.styles.all().items if not style.is_builtin] == ["Blue ink"]
    write(context, rise=RISE)
    names = {style.name for style in context.studio.styles.all().items if not style.is_builtin}
    assert names == {"Blue ink", "Rise"}
