"""Comparing from the composer: which models are possible, what is said before sending, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import BatchKind, GenerationRequest, Reference, WinRate
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.models.transfer import carried
from kaimedia.ui.generate import compare_text
from kaimedia.ui.state import ReferenceDraft
from tests.conftest import image_request, video_request
from tests.ui.conftest import button, has_button, open_page, picker, texts


def comparing(*models: str, **session: Any) -> AppTest:
    """Generate, comparing GPT-4o Image with these models."""
    app = open_page()
    app.session_state["compared_with_image"] = models
    for key, value in session.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def chosen(*models: str) -> AppTest:
    """Report a choice of models as the picker would."""

    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.models import catalogue
        from kaimedia.ui.generate import comparing

        comparing.choose(runtime.studio(), catalogue.get("gpt4o-image"), st.session_state["wanted"])

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["wanted"] = list(models)
    app.run()
    assert not app.exception, app.exception
    return app


def test_nothing_is_compared_at_first(idle_context: AppContext) -> None:
    app = open_page()
    compare = picker(app)["compare"]
    assert (compare["others"], compare["most"], compare["reason"], compare["hasPast"]) == ([], 5, "", False)
    assert button(app, "generate").label == "Generate image" and not has_button(app, "generate_many")


def test_possible_are_models_of_the_mode_that_need_nothing_but_the_prompt(idle_context: AppContext) -> None:
    possible = set(picker(open_page())["compare"]["possible"])
    assert {"z-image", "nano-banana-2", "flux.2-pro", "ideogram-v3"} <= possible
    not_these = {"gpt4o-image", "veo3", "topaz-image-upscale", "ideogram-character", "recraft-remove-background"}
    assert not_these.isdisjoint(possible)


def test_with_an_image_in_hand_only_models_that_take_it(idle_context: AppContext) -> None:
    image = ReferenceDraft(Reference(url="https://kai.test/a.png"), b"", "Link")
    app = comparing("z-image", "nano-banana-2", references=(image,))
    compare = picker(app)["compare"]
    assert "nano-banana-2" in compare["possible"] and "z-image" not in compare["possible"]
    assert compare["others"] == ["nano-banana-2"]
    app.session_state["references"] = ()
    assert picker(app.run())["compare"]["others"] == ["z-image", "nano-banana-2"]  # kept meanwhile


def test_a_model_without_a_prompt_cannot_be_compared(idle_context: AppContext) -> None:
    app = comparing("z-image", model_image="recraft-remove-background")
    compare = picker(app)["compare"]
    assert (compare["others"], compare["possible"]) == ([], [])
    assert compare["reason"].startswith("Recraft Remove Background can’t be compared")


def test_the_choice_takes_known_models_once_and_five_at_most(idle_context: AppContext) -> None:
    app = chosen("z-image", "z-image", "veo3", "no-such", "gpt4o-image", "imagen-4")
    assert app.session_state["compared_with_image"] == ("z-image", "imagen-4")
    many = [spec.id for spec in catalogue.all_models() if spec.modality == "image"][:9]
    assert len(chosen(*many).session_state["compared_with_image"]) == 5


def test_what_the_others_get_instead_is_said_before_sending(idle_context: AppContext) -> None:
    app = comparing("z-image", "nano-banana-2", **{"choice_gpt4o-image_variants": 4})
    text = texts(app)
    assert "<b>Z-Image</b> 1 image instead of 4" in text
    assert button(app, "generate_many").label == "Compare 3 models…"
    assert any(toggle.label.startswith("Blind") for toggle in app.toggle)


def test_the_confirmation_names_all_and_submits_once(idle_context: AppContext) -> None:
    app = comparing("z-image", "nano-banana-2", prompt="a paper boat", compare_blind=True)
    button(app, "generate_many").click().run()
    text = texts(app)
    assert all(label in text for label in ("GPT-4o Image", "Z-Image", "Nano Banana 2", "Free in the sandbox"))
    assert idle_context.studio.batches.newest() == []
    asked = app.session_state["asked_batch"].confirmation
    assert [request.model for request in asked.requests] == ["gpt4o-image", "z-image", "nano-banana-2"]
    assert asked.is_blind and {request.prompt for request in asked.requests} == {"a paper boat"}
    button(app, "batch_confirm").click().run()
    (found,) = idle_context.studio.batches.newest()
    assert (found.batch.kind, found.batch.is_blind, found.total) == (BatchKind.COMPARISON, True, 3)
    assert app.session_state["opened_comparison"] == found.batch.id
    assert app.query_params["compare"] == str(found.batch.id)
    assert picker(app)["compare"]["hasPast"]


def test_an_error_is_shown_at_its_field_and_nothing_is_sent(idle_context: AppContext) -> None:
    app = comparing("z-image")
    button(app, "generate_many").click().run()
    assert "Write a prompt first" in texts(app) and not has_button(app, "batch_confirm")
    app = comparing("z-image", prompt="x" * 3000)
    button(app, "generate_many").click().run()
    assert "Z-Image: The prompt has 3,000 characters" in texts(app)
    assert idle_context.studio.batches.newest() == []


def test_a_batch_of_prompts_is_not_compared(idle_context: AppContext) -> None:
    app = comparing("z-image", batch_on=True)
    compare = picker(app)["compare"]
    assert (compare["others"], compare["possible"]) == ([], []) and compare["reason"].startswith("Turn off Batch")
    assert button(app, "generate_many").label == "Generate…"


def test_the_chosen_model_is_not_compared_with_itself(idle_context: AppContext) -> None:
    app = comparing("gpt4o-image", "z-image")
    assert picker(app)["compare"]["others"] == ["z-image"]
    app = comparing("gpt4o-image")
    assert button(app, "generate").label == "Generate image"


def test_win_rates_are_on_the_cards(idle_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle_context.studio.batches, "win_rates", lambda: {"z-image": WinRate(3, 5)})
    models = {model["id"]: model for model in picker(open_page())["models"]}
    assert models["z-image"]["record"] == "Won 3 of 5 of your comparisons"
    assert "record" not in models["gpt4o-image"]
    monkeypatch.setattr(idle_context.studio.batches, "win_rates", lambda: {"z-image": WinRate(4, 6)})
    models = {model["id"]: model for model in picker(open_page())["models"]}
    assert models["z-image"]["record"] == "Won 4 of 6 of your comparisons"


def said(wanted: GenerationRequest, model_id: str) -> str:
    before, after = catalogue.get(wanted.model), catalogue.get(model_id)
    return compare_text.note(before, wanted, after, carried(wanted, before, after))


def test_differences_as_sentences() -> None:
    assert said(video_request(duration_s=8, params={"resolution": "1080p"}), "kling-2.5-turbo") == (
        "5 s instead of 8 s, without “Resolution”"
    )
    assert said(video_request(duration_s=8, params={"resolution": "4k"}), "veo3") == ""
    assert said(image_request(enhance=True, aspect_ratio="3:2"), "z-image") == "1:1 instead of 3:2, without Enhance"
    assert said(video_request(model="kling-3.0", params={"sound": True, "mode": "std"}), "runway") != ""


def test_a_combination_that_cannot_be_sent_is_said_instead() -> None:
    before, after = catalogue.get("veo3_fast"), catalogue.get("runway")
    wanted = video_request(duration_s=8)
    given = carried(wanted, before, after)
    problem = InvalidRequest("Runway makes 1080p videos of 5 s only.", field="duration_s")
    assert compare_text.note(before, wanted, after, given, problem) == problem.message
