"""Styles on the page: chosen, shown, sent, removed, reused; prompt history and ideas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest
from kaimedia.ui import reads
from kaimedia.ui.generate import prompt_input
from tests.conftest import image_request, video_request
from tests.finished import finished
from tests.ui.conftest import button, has_button, in_grid, open_page, texts

INK = 'name = "Blue ink"\nkind = "image"\nsuffix = "Blue ink."\n\n[settings]\naspect_ratio = "3:2"\nvariants = 2\n'


def write_style(context: AppContext, text: str, name: str = "blue-ink.toml") -> Path:
    folder = context.studio.styles.folder()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def choose(app: AppTest, style: str | None) -> AppTest:
    """Choose a style as a click on its card does."""
    pills = next(each for each in app.button_group if each.key == picker_key(app))
    pills.set_value(style).run()
    return app


def picker_key(app: AppTest) -> str:
    """The key of the widget with the styles."""
    return next(each.key for each in app.button_group if each.key.startswith("pick_style_image_"))


def component(app: AppTest, name: str) -> dict[str, Any]:
    """The data of one of our components."""
    for element in app.get("bidi_component"):
        if element.proto.component_name.endswith(name):
            return dict(json.loads(element.proto.json)[0])
    raise AssertionError(f"no {name}")


def test_a_style_wraps_the_prompt_and_applies_its_settings(idle_context: AppContext) -> None:
    write_style(idle_context, INK)
    app = choose(open_page(), "blue-ink")
    assert "<b>Blue ink</b><span>3:2 · 2 variants</span>" in texts(app)
    assert app.segmented_control(key="choice_gpt4o-image_aspect").value == "3:2"
    assert component(app, "kai_sent_prompt")["after"] == ". Blue ink."
    app.text_area(key="prompt").set_value("A whale.")
    button(app, "generate").click().run()
    (task,) = idle_context.studio.tasks.shown()
    assert (task.request.prompt, task.request.variants) == ("A whale. Blue ink.", 2)
    assert app.text_area(key="prompt").value == "A whale."


def test_the_chip_removes_the_style(idle_context: AppContext) -> None:
    write_style(idle_context, INK)
    app = choose(open_page(), "blue-ink")
    picker = picker_key(app)
    button(app, "style_remove").click().run()
    assert not has_button(app, "style_remove")
    assert picker_key(app) != picker  # a closed popover's widget would report the style again
    assert component(app, "kai_prompt_meter")["after"] == ""
    app.text_area(key="prompt").set_value("A whale.")
    button(app, "generate").click().run()
    assert idle_context.studio.tasks.shown()[0].request.prompt == "A whale."


def test_the_limit_counts_the_full_prompt_and_a_style_alone_is_no_prompt(idle_context: AppContext) -> None:
    write_style(idle_context, INK)
    app = choose(open_page(), "blue-ink")
    button(app, "generate").click().run()
    assert 'data-field="prompt">Write a prompt first' in texts(app)
    app.text_area(key="prompt").set_value("x" * 3995)
    button(app, "generate").click().run()
    assert "The prompt has 4,006 characters" in texts(app)
    assert idle_context.studio.tasks.page().total == 0


def test_a_style_of_another_modality_applies_in_its_mode(idle_context: AppContext) -> None:
    write_style(idle_context, INK)
    app = choose(open_page(), "blue-ink")
    app.segmented_control(key="mode").set_value("Videos").run()
    assert not has_button(app, "style_remove")
    app.segmented_control(key="mode").set_value("Images").run()
    assert has_button(app, "style_remove")


def test_a_setting_the_model_lacks_is_reported_and_unchanged(idle_context: AppContext) -> None:
    write_style(idle_context, INK.replace("3:2", "21:9"))
    app = choose(open_page(), "blue-ink")
    shown = texts(app).replace("\\", "")
    assert "Blue ink: this model does not offer Aspect ratio 21:9; it was left unchanged." in shown
    assert app.segmented_control(key="choice_gpt4o-image_aspect").value == "1:1"


def test_a_broken_file_is_reported_and_read_again_once_fixed(idle_context: AppContext) -> None:
    file = write_style(idle_context, 'name = "Blue ink\n')
    app = open_page()
    assert "blue-ink.toml, line 1: is not TOML" in texts(app)
    file.write_text(INK, encoding="utf-8")
    app.run()
    assert "is not TOML" not in texts(app)
    choose(app, "blue-ink")
    file.unlink()
    app.run()
    assert not has_button(app, "style_remove")


def test_a_name_is_never_drawn_as_markup(idle_context: AppContext) -> None:
    write_style(idle_context, 'name = "<b>x</b> **y**"\nsuffix = "z"\n')
    app = choose(open_page(), "blue-ink")
    assert "<b>x</b>" not in texts(app)
    assert "&lt;b&gt;x&lt;/b&gt;" in texts(app)


def test_reuse_splits_the_sent_prompt_into_style_and_text(ui_context: AppContext) -> None:
    write_style(ui_context, INK)
    task, _ = finished(ui_context, image_request("A whale. Blue ink."))
    app = open_page()
    button(app, f"again_with_{task.task_id}").click().run()
    assert app.text_area(key="prompt").value == "A whale"
    assert "<b>Blue ink</b>" in texts(app)
    (ui_context.studio.styles.folder() / "blue-ink.toml").unlink()
    button(app, f"again_with_{task.task_id}").click().run()
    assert app.text_area(key="prompt").value == "A whale. Blue ink."
    assert not has_button(app, "style_remove")


def reuse(request: GenerationRequest, modality: str, how: str, model: str | None = None, **session: Any) -> AppTest:
    """Reuse in a new session; its return value is stored in the session."""

    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.domain import Modality
        from kaimedia.ui.generate import draft

        wanted, modality, how, model = st.session_state["wanted"]
        st.session_state["left"] = draft.reuse(runtime.studio(), wanted, Modality(modality), how, model)

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["wanted"] = (request, modality, how, model)
    for key, value in session.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def test_reusing_the_prompt_only_leaves_all_else(idle_context: AppContext) -> None:
    app = reuse(video_request("a kite"), "video", "prompt", mode="Images")
    assert (app.session_state["prompt"], app.session_state["mode"]) == ("a kite", "Images")
    assert "model_video" not in app.session_state
    assert app.session_state["left"] == []


def test_reusing_with_another_model_names_what_it_lacks(idle_context: AppContext) -> None:
    wanted = video_request("a kite", duration_s=6, aspect_ratio="9:16", params={"resolution": "4k"})
    app = reuse(wanted, "video", "model", "runway")
    assert app.session_state["model_video"] == "runway"
    assert app.session_state["choice_runway_aspect"] == "9:16"
    assert app.session_state["left"] == ["Length 6 s", "Resolution"]
    app = reuse(image_request("a kite", variants=4, enhance=True, aspect_ratio="3:2"), "image", "model", "veo3")
    assert app.session_state["mode"] == "Videos"
    assert app.session_state["left"] == ["Aspect ratio 3:2", "Variants 4", "Enhance"]


def test_reusing_all_restores_everything(idle_context: AppContext) -> None:
    app = reuse(video_request("a kite", duration_s=6, params={"resolution": "1080p"}), "video", "all")
    assert app.session_state["left"] == []
    assert app.session_state["choice_veo3_fast_duration"] == 6
    reused = reuse(GenerationRequest("veo9", "a kite", "16:9"), "video", "all")
    assert (reused.session_state["left"], reused.session_state["prompt"]) == (["Model"], "a kite")


def opened_history(query: str = "") -> AppTest:
    app = open_page()
    app.session_state["history_box_open"] = True
    app.session_state["history_words"] = query
    return app.run()


def test_earlier_prompts_are_listed_searched_and_inserted(idle_context: AppContext) -> None:
    write_style(idle_context, INK)
    for prompt in ("a red fox. Blue ink.", "snow at night", "snow at night"):
        idle_context.studio.tasks.submit(image_request(prompt))
    assert not has_button(open_page(), "history_0")
    app = opened_history()
    labels = [button(app, f"history_{number}").label.replace("\\", "") for number in (0, 1)]
    # Each is on its own line, whatever its text direction.
    assert labels[0].startswith("\u2068snow at night\u2069")
    assert labels[1].startswith("\u2068a red fox. Blue ink.\u2069")
    assert not has_button(app, "history_2")
    app = opened_history("fox RED")
    button(app, "history_0").click().run()
    assert app.text_area(key="prompt").value == "a red fox"
    assert "<b>Blue ink</b>" in texts(app)
    assert app.session_state["history_box_open"] is False


@pytest.mark.parametrize(("query", "expected"), [("", "newest first"), ("zebra", "No prompts match.")])
def test_an_empty_history_says_so(idle_context: AppContext, query: str, expected: str) -> None:
    assert expected in texts(opened_history(query))


def test_an_idea_is_not_repeated_soon(idle_context: AppContext) -> None:
    assert min(len(reads.ideas("image")), len(reads.ideas("video"))) >= 60
    app = open_page()
    seen = []
    for _ in range(prompt_input.SEEN):
        button(app, "surprise").click().run()
        seen.append(app.text_area(key="prompt").value)
    assert len(set(seen)) == len(seen)


def test_an_image_from_the_page_becomes_the_reference(idle_context: AppContext) -> None:
    app = open_page()
    drop = component(app, "kai_drop_target")
    assert (drop["target"], drop["rejection"]) == (".st-key-composer", "")
    assert "image/png" in drop["types"] and drop["max_bytes"] <= 15_000_000


def test_from_the_viewer_all_three_ways_lead_to_generate(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request("A quiet harbour"))
    app = in_grid({"do": "reuse", "ids": [image.id], "how": "prompt"})
    assert (app.session_state["prompt"], app.session_state["go_to"]) == ("A quiet harbour", "generate")


def test_the_prompt_is_saved_as_a_style_and_chosen(idle_context: AppContext) -> None:
    app = open_page()
    app.text_area(key="prompt").set_value("Wet ink on rice paper").run()
    button(app, "style_save").click().run()
    assert "Name: give the style a name." in texts(app)
    app.text_input(key="style_name").set_value("My ink").run()
    button(app, "style_save").click().run()
    assert "<b>My ink</b>" in texts(app)
    assert "My ink {" not in component(app, "kai_style_search")["texts"][0]
    assert component(app, "kai_style_search")["texts"][0].startswith("My ink ")
    app.text_area(key="prompt").set_value("A whale").run()
    button(app, "generate").click().run()
    assert idle_context.studio.tasks.shown()[0].request.prompt == "A whale. Wet ink on rice paper"


def test_an_own_style_is_replaced_only_after_confirmation(idle_context: AppContext) -> None:
    file = write_style(idle_context, INK)
    app = open_page()
    app.text_area(key="prompt").set_value("Other").run()
    app.text_input(key="style_name").set_value("Blue ink").run()
    button(app, "style_save").click().run()
    assert file.read_text(encoding="utf-8") == INK
    button(app, "style_replace").click().run()
    assert 'suffix = "Other"' in file.read_text(encoding="utf-8")
    assert "<b>Blue ink</b>" in texts(app)
