"""The model picker: what it is given, and what its choices do."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import InputKind, Reference, Role
from kaimedia.errors import InvalidRequest
from kaimedia.models import catalogue
from kaimedia.studio import TimeBasis, TypicalTime
from kaimedia.ui.generate.model_picker import entries
from kaimedia.ui.state import ReferenceDraft
from tests.conftest import image_request, video_request
from tests.ui.conftest import choose_model, open_page, picker, texts

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt4o-image", "6 credits per image"),
        ("recraft-remove-background", "1 credit per image"),
        ("kling-3.0", "14–67 credits per second"),
        ("veo3", "250–370 credits"),
        ("wan-3.0", "from 8 credits per second"),
        ("sora-2-pro", "price unknown"),
        ("omnihuman-subject-masks", "free of charge"),
    ],
)
def test_prices_are_said_as_the_list_has_them(model: str, price: str) -> None:
    assert entries.price_text(catalogue.get(model)) == price


def test_new_is_what_came_within_90_days() -> None:
    assert entries.is_new(catalogue.get("nano-banana-2.1"), TODAY)
    assert not entries.is_new(catalogue.get("nano-banana-2.1"), date(2027, 1, 5))
    assert not entries.is_new(catalogue.get("minimax-h3"), TODAY)  # August, the day is not known
    assert not entries.is_new(catalogue.get("nano-banana"), TODAY)


def test_an_entry_has_what_is_known_and_nothing_else() -> None:
    sora = entries.entry(
        catalogue.get("sora2"), today=TODAY, usual=TypicalTime(120, 300), replacement="Veo 3.1 Fast", is_refused=True
    )
    assert sora["time"] == "2–5 min" and sora["isRefused"]
    assert sora["retired"] == "Retired; Veo 3.1 Fast is the replacement"
    z_image = entries.entry(catalogue.get("z-image"), today=TODAY, usual=None)
    assert z_image["time"] == "time unknown"
    assert {"isNew", "retired", "isRefused"}.isdisjoint(z_image)


def test_a_learned_time_is_called_so() -> None:
    assert entries.time_text(TypicalTime(42, 42, TimeBasis.SAME_MODEL, 70, 50)) == "about 40 s here"


def test_each_model_is_found_by_an_ability_of_its_mode() -> None:
    labels = entries.abilities()
    for spec in catalogue.all_models():
        does = entries.entry(spec, today=TODAY, usual=None)["does"]
        assert does and all(labels[place]["mode"] == spec.modality for place in does), spec.id


def test_what_is_in_hand_is_counted() -> None:
    image, video = InputKind.IMAGE, InputKind.VIDEO
    assert [entries.in_hand(kinds) for kinds in ([], [image], [image] * 3, [video], [image, video])] == [
        "",
        "image",
        "3 images",
        "video",
        "2 inputs",
    ]


def test_the_picker_gets_all_models_and_those_that_take_the_image(idle_context: AppContext) -> None:
    app = open_page()
    given = picker(app)
    assert [model["id"] for model in given["models"]] == [spec.id for spec in catalogue.all_models()]
    assert (given["chosen"], given["mode"], given["hand"], given["fitting"]) == ("gpt4o-image", "image", "", [])
    assert given["note"].endswith("; nothing is charged in the sandbox.")
    reference = Reference(url="https://kai.test/a.png")
    app.session_state["references"] = (ReferenceDraft(reference, b"", "Link"),) * 2
    given = picker(app.run())
    assert given["hand"] == "2 images"
    assert {"gpt4o-image", "veo3", "flux.2-pro"} <= set(given["fitting"])
    assert {"runway", "z-image", "topaz-video-upscale"}.isdisjoint(given["fitting"])


def switched(model_id: str, **session: object) -> AppTest:
    """Change the model as the picker does, in a session with these values."""

    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.ui.generate import model_switch

        model_switch.switch_to(runtime.studio(), st.session_state["wanted"])

    app = AppTest.from_function(script, default_timeout=20)
    for name, value in {"wanted": model_id, **session}.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_model_of_the_other_mode_switches_the_mode(idle_context: AppContext) -> None:
    app = switched("runway", mode="Images", model_image="gpt4o-image")
    assert (app.session_state["mode"], app.session_state["model_video"]) == ("Videos", "runway")
    assert app.session_state["model_image"] == "gpt4o-image"


def test_favorites_and_recent_models_reach_the_picker(idle_context: AppContext) -> None:
    studio = idle_context.studio
    studio.preferred_models.set_favorite("z-image", is_favorite=True)
    studio.tasks.submit(video_request())
    studio.tasks.submit(image_request())
    given = picker(open_page())
    assert given["favorites"] == ["z-image"]
    assert given["recent"] == ["gpt4o-image", "veo3_fast"]
    with pytest.raises(InvalidRequest):
        studio.preferred_models.set_favorite("no-such-model", is_favorite=True)


def test_a_change_of_model_keeps_what_fits_and_names_the_rest(idle_context: AppContext) -> None:
    last = ReferenceDraft(Reference(url="https://kai.test/b.png"), b"", "Link", Role.LAST_FRAME)
    first = ReferenceDraft(Reference(url="https://kai.test/a.png"), b"", "Link")
    choices = {"choice_kling-2.5-turbo_aspect": "1:1", "choice_kling-2.5-turbo_duration": 10}
    app = switched(
        "runway", mode="Videos", model_video="kling-2.5-turbo", references=(first, last), prompt="a fox", **choices
    )
    assert app.session_state["dropped_choices"] == ("runway", "The last frame doesn’t fit Runway; kept for later.")
    assert app.session_state["choice_runway_aspect"] == "1:1"
    assert app.session_state["choice_runway_duration"] == 10
    app.session_state["wanted"] = "veo3"
    text = app.run().session_state["dropped_choices"][1]
    assert text == "1:1 and 10 s don’t fit Veo 3.1 Quality; kept for later."
    app.session_state["wanted"] = "kling-2.5-turbo"
    app.run()
    assert app.session_state["choice_kling-2.5-turbo_aspect"] == "1:1"
    assert app.session_state["dropped_choices"] == ("kling-2.5-turbo", "")


def test_fields_that_mean_the_same_keep_their_value(idle_context: AppContext) -> None:
    app = open_page()
    choose_model(app, "nano-banana-2")
    app.segmented_control(key="choice_nano-banana-2_resolution").set_value("4K").run()
    other = switched("nano-banana-pro", **saved_choices(app))
    assert other.session_state["choice_nano-banana-pro_resolution"] == "4K"
    none = switched("seedream-4.5", **saved_choices(app))
    assert none.session_state["dropped_choices"] == ("seedream-4.5", "4K doesn’t fit Seedream 4.5; kept for later.")


def saved_choices(app: AppTest) -> dict[str, object]:
    """What the session knows about the chosen model and its settings."""
    names = ("mode", "prompt", "model_image", "kept_image", "seen_choices", "choice_nano-banana-2_resolution")
    return {name: app.session_state[name] for name in names if name in app.session_state}


def test_the_page_says_what_was_dropped_until_the_model_changes_again(idle_context: AppContext) -> None:
    app = open_page()
    app.session_state["dropped_choices"] = ("gpt4o-image", "4:5 doesn’t fit GPT-4o Image; kept for later.")
    assert "4:5 doesn’t fit GPT-4o Image; kept for later." in texts(app.run())
    assert "kept for later" not in texts(choose_model(app, "z-image"))
