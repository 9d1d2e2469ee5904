"""The form of a batch: prompts by lines, choices and CSV, seeds, and what the button then asks."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest, Modality
from kaimedia.ui.state import BatchFile
from tests.ui.conftest import button, choose_model, has_button, open_page, texts

SEEDED = "ideogram-v3"


def batch_page(prompt: str = "") -> AppTest:
    app = open_page()
    app.toggle(key="batch_on").set_value(True)
    app.text_area(key="prompt").set_value(prompt).run()
    assert not app.exception, app.exception
    return app


def submitted(context: AppContext) -> list[GenerationRequest]:
    (progress,) = context.studio.batches.shown()
    return [task.request for task in context.studio.batches.tasks(progress.batch.id)]


def test_lines_and_choices_are_submitted_after_one_confirmation(idle_context: AppContext) -> None:
    app = batch_page("a {red|blue} boat\n\na kite")
    assert button(app, "generate_many").label == "Generate 3…" and not has_button(app, "generate_1")
    assert "3 prompts · Free in the sandbox" in texts(app)
    app.segmented_control(key="choice_gpt4o-image_variants").set_value(4).run()
    assert "3 prompts, 12 images" in texts(app)
    button(app, "generate_many").click().run()
    assert "<span>a red boat</span> <b>Free in the sandbox</b>" in texts(app)
    assert idle_context.studio.batches.shown() == []
    button(app, "batch_confirm").click().run()
    assert [(each.prompt, each.variants) for each in submitted(idle_context)] == [
        ("a red boat", 4),
        ("a blue boat", 4),
        ("a kite", 4),
    ]
    assert app.text_area(key="prompt").value == "a {red|blue} boat\n\na kite"  # the form is kept


def test_each_prompt_gets_the_style(idle_context: AppContext) -> None:
    app = batch_page("a boat\na kite")
    style = next(each for each in idle_context.studio.styles.all().items if each.suits(Modality.IMAGE))
    app.session_state["style_image"] = style.id
    app.run()
    button(app, "generate_many").click().run()
    button(app, "batch_confirm").click().run()
    assert [each.prompt for each in submitted(idle_context)] == [style.around("a boat"), style.around("a kite")]


def test_seeds_multiply_where_the_model_has_one(idle_context: AppContext) -> None:
    app = batch_page("a boat\na kite")
    assert app.number_input(key="batch_seeds").disabled
    choose_model(app, SEEDED)
    assert not app.number_input(key="batch_seeds").disabled
    app.number_input(key="batch_seeds").set_value(3).run()
    assert "2 prompts × 3 seeds = 6 tasks" in texts(app)
    button(app, "generate_many").click().run()
    assert "a boat × 3 seeds" in texts(app)
    button(app, "batch_confirm").click().run()
    requests = submitted(idle_context)
    assert [each.prompt for each in requests] == ["a boat"] * 3 + ["a kite"] * 3
    assert len({each.params["seed"] for each in requests}) == 6
    choose_model(app, "gpt4o-image")  # the number is kept for a model that has seeds
    assert button(app, "generate_many").label == "Generate 2…"


def test_a_file_stands_for_the_prompt_until_it_is_removed(idle_context: AppContext) -> None:
    app = batch_page("a boat")
    app.session_state["batch_file_chosen"] = BatchFile("shots.csv", b"prompt;aspect_ratio\na {b|c};3:2\n")
    app.run()
    assert button(app, "generate_many").label == "Generate 2…" and "shots.csv" in texts(app)
    button(app, "batch_file_remove").click().run()
    assert button(app, "generate_many").label == "Generate 1…"


@pytest.mark.parametrize(
    ("file", "prompt", "expected"),
    [
        (b"prompt,variants\na,9\n", "", 'data-field="csv">Row 2, variants: GPT-4o Image makes'),
        (None, "{a|b}" * 8, 'data-field="prompt">The lines and choices make 256 prompts; up to 200'),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(
    idle_context: AppContext, file: bytes | None, prompt: str, expected: str
) -> None:
    app = batch_page(prompt)
    app.session_state["batch_file_chosen"] = BatchFile("shots.csv", file) if file else None
    app.run()
    assert expected in texts(app) and button(app, "generate_many").disabled


def test_an_error_of_one_prompt_names_it(idle_context: AppContext) -> None:
    app = batch_page("a boat\n" + "x" * 5000)
    button(app, "generate_many").click().run()
    assert 'data-field="prompt">Task 2: The prompt has 5,000 characters' in texts(app)
    assert not has_button(app, "batch_confirm")


def test_no_prompt_is_reported_at_the_field(idle_context: AppContext) -> None:
    app = batch_page()
    button(app, "generate_many").click().run()
    assert 'data-field="prompt">Write a prompt on each line' in texts(app)


def test_the_batch_survives_the_other_mode_and_the_switch(idle_context: AppContext) -> None:
    app = batch_page("a boat\na kite")
    app.segmented_control(key="mode").set_value("Videos").run()
    assert button(app, "generate_many").label == "Generate 2…"
    app.toggle(key="batch_on").set_value(False).run()
    assert button(app, "generate").label == "Generate video"
    app.toggle(key="batch_on").set_value(True).run()
    assert app.text_area(key="prompt").value == "a boat\na kite"


def test_surprise_me_adds_a_line(idle_context: AppContext) -> None:
    app = batch_page("a boat")
    button(app, "surprise").click().run()
    first, second = str(app.text_area(key="prompt").value).split("\n")
    assert first == "a boat" and second


def test_a_row_for_another_model_starts_from_the_form_as_it_is(idle_context: AppContext) -> None:
    app = open_page()
    app.session_state["choice_z-image_aspect"] = "9:16"  # left from an earlier use
    app.session_state["choice_veo3_duration"] = 4
    app.session_state["choice_gpt4o-image_aspect"] = "1:1"
    app.session_state["batch_on"] = True
    app.session_state["batch_file_chosen"] = BatchFile("shots.csv", b"prompt,model\na,gpt4o-image\nb,z-image\nc,veo3\n")
    app.run()
    button(app, "generate_many").click().run()
    button(app, "batch_confirm").click().run()
    assert [(each.model, each.aspect_ratio, each.duration_s) for each in submitted(idle_context)] == [
        ("gpt4o-image", "1:1", None),
        ("z-image", "1:1", None),
        ("veo3", "16:9", 8),
    ]
