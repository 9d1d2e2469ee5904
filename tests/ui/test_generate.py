"""Generate: what is on the page, and what its buttons do in the studio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, Phase, TaskChange, utc_now
from kaimedia.models import catalogue
from kaimedia.models.estimates import Estimate
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.ui import ui_text
from kaimedia.ui.generate import price_text
from kaimedia.ui.state import FieldNote
from tests.conftest import image_request, video_request, wait_for_phase
from tests.finished import finished
from tests.ui.conftest import button, choose_model, grid, in_grid, open_page, texts


def fail(context: AppContext, task_id: str, code: ErrorCode, **fields: object) -> None:
    """Put a task into the state a failure leaves it in."""
    phase = context.studio.tasks.get(task_id).phase
    changes = {"phase": Phase.FAILED, "error_code": code, "error_message": "It broke off.", "due_at": None, **fields}
    context.stores.task_updater.change(TaskChange(task_id, frozenset({phase}), changes), utc_now())


def test_first_visit_shows_the_canvas_the_sandbox_line_and_a_price(idle_context: AppContext) -> None:
    app = open_page()
    shown = texts(app)
    assert "What will you make?" in shown
    assert ui_text.sandbox_line() in shown
    assert "Free in the sandbox; about 6 credits at kie.ai" in shown
    assert not button(app, "generate").disabled
    button(app, "idea_1").click().run()
    assert str(app.text_area(key="prompt").value).startswith("A ringed gas giant")


def test_an_empty_prompt_is_reported_at_the_field(idle_context: AppContext) -> None:
    app = open_page()
    button(app, "generate").click().run()
    assert 'data-field="prompt">Write a prompt first. One sentence is enough.' in texts(app)
    assert idle_context.studio.tasks.page().total == 0
    button(app, "surprise").click().run()
    assert "Write a prompt first" not in texts(app)


def test_submitting_freezes_the_choices_and_keeps_the_form(idle_context: AppContext) -> None:
    app = open_page()
    app.text_area(key="prompt").set_value("A whale above a village")
    app.segmented_control(key="choice_gpt4o-image_aspect").set_value("3:2")
    app.segmented_control(key="choice_gpt4o-image_variants").set_value(4).run()
    assert button(app, "generate").label == "Generate 4 images"
    button(app, "generate").click().run()
    request = idle_context.studio.tasks.shown()[0].request
    assert (request.prompt, request.aspect_ratio, request.variants) == ("A whale above a village", "3:2", 4)
    assert app.text_area(key="prompt").value == "A whale above a village"
    assert not app.toast  # the task itself appears
    assert "In progress <span>1</span>" in texts(app)


def test_a_prompt_is_never_drawn_as_markup(idle_context: AppContext) -> None:
    idle_context.studio.tasks.submit(image_request("<img src=x onerror=alert(1)> & co"))
    app = open_page()
    shown = texts(app)
    assert "<img src=x" not in shown
    assert r"\<img src=x onerror=alert\(1\)\> \& co" in app.status[0].label
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; co" in shown


def test_a_prompt_too_long_for_the_model_is_kept_and_reported(idle_context: AppContext) -> None:
    app = open_page()
    app.segmented_control(key="mode").set_value("Videos").run()
    choose_model(app, "runway")
    app.text_area(key="prompt").set_value("x" * 1801)
    button(app, "generate").click().run()
    assert "takes up to 1,800" in texts(app)
    assert app.text_area(key="prompt").value == "x" * 1801


def test_defaults_come_from_the_settings_and_fall_to_what_the_model_has(idle_context: AppContext) -> None:
    idle_context.studio.settings.save(
        default_variant_count=2, default_image_aspect_ratio="2:3", default_video_aspect_ratio="9:16"
    )
    app = open_page()
    assert app.segmented_control(key="choice_gpt4o-image_variants").value == 2
    assert app.segmented_control(key="choice_gpt4o-image_aspect").value == "2:3"
    app.segmented_control(key="mode").set_value("Videos").run()
    assert app.segmented_control(key="choice_veo3_fast_aspect").value == "9:16"
    assert app.segmented_control(key="choice_veo3_fast_duration").value == 8  # 5 s is saved; Veo has 4, 6 and 8
    assert "Veo videos are 4, 6 or 8 s long" in texts(app)
    choose_model(app, "runway")
    assert app.segmented_control(key="choice_runway_aspect").value == "9:16"
    assert app.segmented_control(key="choice_runway_duration").value == 5


def test_a_refused_combination_is_explained_and_stops_generate(idle_context: AppContext) -> None:
    app = open_page()
    app.segmented_control(key="mode").set_value("Videos").run()
    choose_model(app, "runway")
    app.segmented_control(key="choice_runway_duration").set_value(10)
    app.segmented_control(key="choice_runway_quality").set_value("1080p").run()
    assert 'data-field="quality">Runway makes 10 s videos in 720p only' in texts(app)
    assert button(app, "generate").disabled
    app.segmented_control(key="choice_runway_quality").set_value("720p").run()
    assert not button(app, "generate").disabled
    assert "about 30 credits" in texts(app)


def test_sora_runs_in_the_sandbox_and_names_its_replacement(idle_context: AppContext) -> None:
    app = open_page()
    app.segmented_control(key="mode").set_value("Videos").run()
    choose_model(app, "sora2")
    assert "Retired by kie.ai on 2026-06-11. Veo 3.1 Fast is the replacement." in texts(app)
    assert not button(app, "generate").disabled
    button(app, "switch_model").click().run()
    assert app.session_state["model_video"] == "veo3_fast"


@pytest.fixture
def kie_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app that talks to kie.ai (the sandbox in its place) with a key."""
    url = config.sandbox_url or ""
    wanted = replace(config, provider="kie", kie_api_key="key-of-a-test-1234", kie_api_url=url, kie_upload_url=url)
    return pages_of(open_test_context(wanted, run_engine=False))


def test_against_kie_the_price_is_an_estimate_and_sora_is_off(kie_context: AppContext) -> None:
    app = open_page()
    assert ui_text.sandbox_line() not in texts(app)
    assert "About 6 credits ($0.03), based on the list price of 2026‑09‑24" in texts(app)
    app.segmented_control(key="mode").set_value("Videos").run()
    choose_model(app, "sora2")
    assert button(app, "generate").disabled
    assert "Sora 2 was retired by kie.ai on 2026-06-11. Choose another model." in texts(app)


def test_a_refused_key_stops_generate_with_the_reason(kie_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    sandbox.stop()  # otherwise the balance, requested at once, would show that the key works
    kie_context.providers.note_refused_key("kie", "kie.ai rejected the key.")
    app = open_page()
    assert 'class="k-banner-red" role="status">kie.ai rejected the key.' in texts(app)
    assert button(app, "generate").disabled


def test_a_reference_error_is_shown_in_its_tab_and_disappears_with_it(idle_context: AppContext) -> None:
    app = open_page()
    app.session_state["reference_way"] = "Upload"
    app.session_state["field_note"] = FieldNote("reference", "This is not an image.")
    app.run()
    upload = next(tab for tab in app.tabs if tab.label == "Upload")
    assert any("This is not an image." in element.proto.body for element in upload.get("html"))
    assert texts(app).count("This is not an image.") == 1
    assert app.session_state["reference_way"] == "Upload"


def test_a_result_is_on_the_stage_and_can_be_reused(ui_context: AppContext) -> None:
    task, media = finished(ui_context, image_request("A quiet harbour", aspect_ratio="3:2", variants=2))
    app = open_page()
    stage = grid(app, "stage_grid")
    assert [item["id"] for item in stage["items"]] == [each.id for each in media]
    assert all(item["sandbox"] and item["file"].startswith("static/media/") for item in stage["items"])
    button(app, f"again_with_{task.task_id}").click().run()
    assert app.text_area(key="prompt").value == "A quiet harbour"
    assert app.segmented_control(key="choice_gpt4o-image_aspect").value == "3:2"
    assert app.segmented_control(key="choice_gpt4o-image_variants").value == 2


def test_an_image_is_used_in_the_current_mode(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request())
    app = in_grid({"do": "reference", "ids": [image.id], "to": "here"}, mode="Images")
    assert app.session_state["mode"] == "Images"
    assert app.session_state["references"][0].origin == "From the gallery"
    assert app.session_state["go_to"] == "generate"


def test_an_image_is_animated_in_videos(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request())
    app = in_grid({"do": "reference", "ids": [image.id], "to": "video"}, mode="Images")
    assert app.session_state["mode"] == "Videos"
    assert app.session_state["references"][0].reference.media_id == image.id


def test_the_users_own_draft_is_put_aside_and_a_known_prompt_is_not(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request("a red kite"))
    event = {"do": "reference", "ids": [image.id], "to": "here"}
    app = in_grid(event, prompt="my own half-written idea")
    assert (app.session_state["saved_draft"], app.session_state["prompt"]) == ("my own half-written idea", "")
    known = in_grid(event, prompt="a red kite")
    assert "saved_draft" not in known.session_state
    assert known.session_state["prompt"] == ""


def test_reusing_a_video_restores_its_settings(ui_context: AppContext) -> None:
    request = video_request("Dunes", model="runway", aspect_ratio="4:3", duration_s=10, params={"quality": "720p"})
    _, (video,) = finished(ui_context, request)
    app = in_grid({"do": "reuse", "ids": [video.id], "how": "all"})
    assert app.session_state["model_video"] == "runway"
    assert app.session_state["choice_runway_aspect"] == "4:3"
    assert app.session_state["choice_runway_duration"] == 10


def test_a_task_that_ends_while_the_page_is_open_is_announced(ui_context: AppContext) -> None:
    app = open_page()
    app.text_area(key="prompt").set_value("A jar of fireflies")
    button(app, "generate").click().run()
    (task,) = ui_context.studio.tasks.page().items
    wait_for_phase(ui_context, task.task_id, Phase.DONE)
    app.run()
    assert grid(app, "stage_grid")["items"]


def test_an_error_without_a_drawn_field_is_shown_at_the_button(idle_context: AppContext) -> None:
    app = open_page()
    app.session_state["field_note"] = FieldNote("no_such_field", "That did not work.")
    app.run()
    assert 'data-field="no_such_field">That did not work.' in texts(app)


def test_dates_in_prices_are_from_the_catalog() -> None:
    spec = catalogue.get("veo3_fast")
    assert spec.price.as_of > date(2026, 1, 1)
    unknown = price_text.sentences(spec, Estimate(None, None), "", "kie")
    assert unknown == ["No list price for these settings."]
    known = price_text.sentences(spec, Estimate(60.0, 60.0), "$0.30", "kie")
    assert known[0].startswith("About 60 credits ($0.30), based on the list price of 2026")
