"""The list of past comparisons."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Batch, BatchKind
from kaimedia.ui.state import OpenDialog
from tests.conftest import image_request
from tests.ui.conftest import button, has_button, open_page, texts


def listed() -> AppTest:
    app = open_page()
    app.session_state["gallery_dialog"] = OpenDialog("comparisons")
    app.run()
    assert not app.exception, app.exception
    return app


def submitted(context: AppContext, prompt: str, *, is_blind: bool = False) -> Batch:
    requests = [image_request(prompt), image_request(prompt, model="z-image")]
    return context.studio.batches.submit(BatchKind.COMPARISON, requests, is_blind=is_blind)


def test_without_any_the_list_says_so(idle_context: AppContext) -> None:
    idle_context.studio.batches.submit(BatchKind.PROMPTS, [image_request()])
    assert "There are no comparisons yet." in texts(listed())


def test_each_says_what_was_compared_and_a_blind_one_does_not(idle_context: AppContext) -> None:
    plain = submitted(idle_context, "a *paper* boat")
    blind = submitted(idle_context, "a kite", is_blind=True)
    app = listed()
    text = button(app, f"past_{plain.id}").label
    assert "GPT\\-4o Image and Z\\-Image" in text and "in progress" in text and "\\*paper\\*" in text
    assert "2 models, blind" in button(app, f"past_{blind.id}").label
    assert not has_button(app, "past_more")


def test_a_press_opens_one(idle_context: AppContext) -> None:
    batch = submitted(idle_context, "a paper boat")
    app = listed()
    button(app, f"past_{batch.id}").click().run()
    assert app.session_state["opened_comparison"] == batch.id
    assert app.session_state["gallery_dialog"] is None


def test_the_list_goes_on(idle_context: AppContext) -> None:
    batches = [submitted(idle_context, f"boat {number}") for number in range(21)]
    app = listed()
    assert has_button(app, f"past_{batches[1].id}") and has_button(app, "past_more")
    app.session_state["past_comparisons"] = 40
    app.run()
    assert button(app, f"past_{batches[0].id}") and not has_button(app, "past_more")
