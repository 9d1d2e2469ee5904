"""Models that the app and the provider's own list do not agree about: in the picker, the composer and Settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import InputSchema, ListedModel, Modality, Phase, SchemaProblem, utc_now
from kaimedia.jobs.listed_models import shipped_ids
from kaimedia.sandbox.embedded import EmbeddedSandbox
from tests.conftest import wait_for, wait_for_phase
from tests.lists import KLING, LUMEN, change_list
from tests.ui.conftest import button, open_page, picker, texts

Offer = Callable[[dict[str, Any], tuple[str, ...]], None]


@pytest.fixture
def offer(idle_context: AppContext) -> Offer:
    """Stores a new model with these fields, as if it had been found in the list."""

    def store(properties: dict[str, Any], required: tuple[str, ...] = ()) -> None:
        lists, now = idle_context.stores.model_lists, utc_now()
        models = [ListedModel(model_id) for model_id in shipped_ids()]
        lists.begin("sandbox", now=now, stale_before=now)
        new = ListedModel(LUMEN, "Lumen 2", "Acme", Modality.VIDEO, ("text-to-video",), "10 credits a video")
        lists.save_list("sandbox", [*models, new], expected=(), now=now)
        schema = {"type": "object", "properties": properties, "required": list(required)}
        lists.save_schema("sandbox", LUMEN, InputSchema(schema), now=now)
        lists.finish("sandbox", failure="", now=now)

    return store


def choose(model: str = LUMEN) -> AppTest:
    """Generate, with a video model chosen."""
    app = open_page()
    app.session_state[f"model_{Modality.VIDEO}"] = model
    app.segmented_control(key="mode").set_value("Videos").run()
    assert not app.exception, app.exception
    return app


def test_the_picker_marks_what_the_lists_disagree_about(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=(KLING,), lumen_2=KLING)
    idle_context.studio.model_lists.compare()
    found = {model["id"]: model for model in picker(open_page())["models"]}
    assert found[LUMEN]["listing"] == "Not yet known here" and found[LUMEN]["badge"] == "Unknown"
    assert (found[LUMEN]["maker"], found[LUMEN]["price"]) == ("Kling", "price unknown")
    assert found["kling-2.5-turbo"]["listing"].startswith("No longer in kie.ai’s list since ")
    assert {"isRefused", "retired"}.isdisjoint(found["kling-2.5-turbo"])
    assert [model for model, entry in found.items() if "listing" in entry] == ["kling-2.5-turbo", LUMEN]


def test_a_missing_model_is_marked_where_it_is_used(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=(KLING,))
    idle_context.studio.model_lists.compare()
    app = choose("kling-2.5-turbo")
    assert f": {KLING}. Requests may be refused." in texts(app)
    assert not button(app, "generate").disabled


@pytest.mark.slow
def test_a_new_model_is_drawn_from_its_schema_sent_and_saved(ui_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, lumen_2=KLING)
    ui_context.studio.model_lists.compare()
    app = choose()
    assert "Not yet known here: this form is made from kie.ai’s schema. The price is unknown." in texts(app)
    assert "Whatever it returns is saved." in texts(app)
    app.segmented_control(key=f"choice_{LUMEN}_duration").set_value(10).run()
    app.text_area(key="prompt").set_value("A lumen").run()
    button(app, "generate").click().run()
    assert not app.exception
    (task,) = ui_context.studio.tasks.page().items
    done = wait_for_phase(ui_context, task.task_id, Phase.DONE, Phase.FAILED)
    assert (done.phase, done.model, done.request.duration_s) == (Phase.DONE, LUMEN, 10)
    assert ui_context.stores.media_reader.of_task(task.task_id)[0].filename


def test_fields_that_are_not_understood_are_named(idle_context: AppContext, offer: Offer) -> None:
    offer({"prompt": {"type": "string"}, "camera": {"type": "object"}, "path": {"type": "money"}}, ("prompt",))
    app = choose()
    assert "2 fields are not shown: camera, path." in texts(app)
    assert "10 credits a video" in texts(app)
    app.text_area(key="prompt").set_value("A lumen").run()
    assert not button(app, "generate").disabled


@pytest.mark.slow
def test_numbers_with_unusual_limits_are_drawn(idle_context: AppContext, offer: Offer) -> None:
    offer(
        {
            "prompt": {"type": "string"},
            "same": {"type": "integer", "minimum": 3, "maximum": 3, "default": 3},
            "alike": {"type": "number", "minimum": 1, "maximum": 1.0},
            "seed": {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1, "default": 2**60},
            "huge": {"type": "number", "minimum": 0, "maximum": 1e308},
            "part": {"type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 0.5, "default": 2},
            "tiny": {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 5e-324, "default": 1},
            "none": {"type": "integer", "minimum": 5, "maximum": 4},
        }
    )
    app = choose()
    assert "1 field is not shown: none." in texts(app)
    assert app.session_state[f"choice_{LUMEN}_part"] == 2


@pytest.mark.slow
def test_a_value_outside_the_limits_of_a_newer_schema_is_dropped(idle_context: AppContext, offer: Offer) -> None:
    offer({"steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 40}})
    app = choose()
    assert app.session_state[f"choice_{LUMEN}_steps"] == 40
    offer({"steps": {"type": "number", "minimum": 1, "maximum": 30, "default": 20}})
    lookup = idle_context.studio.catalog.get
    wait_for(lambda: lookup(LUMEN).params[0].maximum == 30, "the newer schema")
    app.run()
    assert not app.exception, app.exception
    assert app.session_state[f"choice_{LUMEN}_steps"] == 20.0


def test_without_a_required_field_it_cannot_be_sent(idle_context: AppContext, offer: Offer) -> None:
    offer({"prompt": {"type": "string"}, "camera": {"type": "object"}}, ("prompt", "camera"))
    app = choose()
    app.text_area(key="prompt").set_value("A lumen").run()
    assert button(app, "generate").disabled
    assert f"{LUMEN} cannot be used yet: it needs camera, which is not understood here." in texts(app)


def test_without_a_schema_it_cannot_be_sent(idle_context: AppContext, offer: Offer) -> None:
    offer({})
    lists, now = idle_context.stores.model_lists, utc_now()
    lists.save_schema("sandbox", LUMEN, InputSchema(None, SchemaProblem.NOT_PUBLISHED), now=now)
    lists.finish("sandbox", failure="", now=now)
    app = choose()
    assert button(app, "generate").disabled
    assert f"{LUMEN} cannot be used yet: kie.ai has not published its schema." in texts(app)


def test_settings_compare_at_the_press_of_a_button(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, removed=(KLING,), lumen_2=KLING)
    app = open_page("settings")
    assert "<dt>Last checked</dt><dd>never</dd>" in texts(app) and "In both lists" not in texts(app)
    button(app, "check_models").click().run()
    lists = idle_context.studio.model_lists
    wait_for(lambda: lists.state().check.checked_at and not lists.state().is_running, "the comparison")
    app.run()
    assert f"<dd>1: {LUMEN}</dd>" in texts(app) and f"<dd>1: {KLING}</dd>" in texts(app)
    assert not button(app, "check_models").disabled


def test_settings_say_why_a_check_failed(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    idle_context.studio.model_lists.compare()
    change_list(sandbox, removed=tuple(shipped_ids()))
    idle_context.studio.model_lists.compare()
    app = open_page("settings")
    assert "The last check failed just now. " in texts(app) and "none of the models known here" in texts(app)
    assert f"<dd>{len(shipped_ids(are_expected=True))}</dd>" in texts(app)


def test_a_new_model_is_not_offered_as_a_default(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_list(sandbox, lumen_2=KLING)
    idle_context.studio.model_lists.compare()
    assert LUMEN not in open_page("settings").selectbox(key="setting_default_video_model").options
