"""The comparison on Generate: what its component is given, and what its events do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import Batch, BatchKind, Status, WinRate
from kaimedia.ui import ui_text
from kaimedia.ui.generate import comparison_data
from tests.conftest import image_request, video_request, wait_for
from tests.ui.conftest import MAIN, button, has_button, open_page, texts

MODELS = ("gpt4o-image", "z-image", "imagen-4-fast")


def shown(app: AppTest) -> dict[str, Any] | None:
    """What the component was given; None when it is not drawn."""
    for element in app.get("bidi_component"):
        if element.proto.component_name.endswith("kai_comparison"):
            return dict(json.loads(element.proto.json)[0])
    return None


def at_comparison(batch_id: object) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    app.query_params["compare"] = str(batch_id)
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def compared(ui_context: AppContext) -> Callable[..., Batch]:
    def submit(*, is_blind: bool = False) -> Batch:
        requests = [image_request("a paper boat", model=model) for model in MODELS]
        batch = ui_context.studio.batches.submit(BatchKind.COMPARISON, requests, is_blind=is_blind)
        wait_for(lambda: not ui_context.studio.batches.get(batch.id).is_active, "the comparison's end")
        return batch

    return submit


def report(
    context: AppContext, batch_id: int, session: Mapping[str, object] = MappingProxyType({}), **event: object
) -> AppTest:
    """Report an event as the component's script would, in a new session with these values."""

    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.ui.generate import comparison_view

        comparison_view.handle(runtime.studio(), st.session_state["batch"], st.session_state["event"])

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["batch"] = batch_id
    app.session_state["event"] = event
    for key, value in session.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_link_opens_a_comparison_in_place_of_the_results(compared: Callable[..., Batch]) -> None:
    data = shown(at_comparison(compared().id))
    assert data is not None
    assert (data["prompt"], data["summary"], data["winner"]) == ("a paper boat", "3 models · free, sandbox", "")
    assert [(each["letter"], each["model"], each["state"]) for each in data["entries"]] == [
        ("A", "GPT-4o Image", "done"),
        ("B", "Z-Image", "done"),
        ("C", "Imagen 4 Fast", "done"),
    ]
    assert all(each["time"] and each["cost"] == "free, sandbox" and each["items"] for each in data["entries"])


def test_a_blind_one_says_nothing_that_tells_which_is_which(
    compared: Callable[..., Batch], ui_context: AppContext
) -> None:
    batch = compared(is_blind=True)
    data = shown(at_comparison(batch.id))
    assert data is not None
    text = json.dumps(data)
    assert not data["isRevealed"] and all(label not in text for label in ("GPT-4o", "Z-Image", "Imagen", *MODELS))
    assert all((each["time"], each["cost"], each["record"]) == ("", "", "") for each in data["entries"])
    chosen = data["entries"][1]["task"]
    report(ui_context, batch.id, do="vote", task=chosen)
    data = shown(at_comparison(batch.id))
    assert data is not None and data["isRevealed"] and data["winner"] == chosen
    assert {each["model"] for each in data["entries"]} == {"GPT-4o Image", "Z-Image", "Imagen 4 Fast"}
    assert data["entries"][1]["record"] == "Won 1 of 1 of your comparisons"
    assert data["entries"][0]["record"] == "Won 0 of 1 of your comparisons"
    report(ui_context, batch.id, do="vote", task=None)
    data = shown(at_comparison(batch.id))
    assert data is not None and not data["isRevealed"]


def test_keeping_the_winner_can_be_undone(compared: Callable[..., Batch], ui_context: AppContext) -> None:
    batch = compared()
    first = ui_context.studio.batches.tasks(batch.id)[0]
    report(ui_context, batch.id, do="vote", task=first.task_id)
    data = shown(at_comparison(batch.id))
    assert data is not None and data["canKeep"]
    app = report(ui_context, batch.id, do="keep")
    assert len(app.session_state["deleted_media"]) == 2
    page = at_comparison(batch.id)
    page.session_state["deleted_media"] = app.session_state["deleted_media"]
    page.session_state["deleted_at_s"] = app.session_state["deleted_at_s"]
    data = shown(page.run())
    assert data is not None and not data["canKeep"]
    assert [each["state"] for each in data["entries"]] == ["done", "trashed", "trashed"]
    assert "2 items moved to the trash." in texts(page)
    button(page, "undo_delete").click().run()
    assert [each.is_in_trash for each in ui_context.studio.comparisons.get(batch.id).entries] == [False] * 3


def test_the_winner_goes_back_into_the_form_in_better_quality(idle_context: AppContext) -> None:
    studio = idle_context.studio
    requests = [video_request("a kite", duration_s=8), video_request("a kite", model="kling-2.5-turbo", duration_s=5)]
    batch = studio.batches.submit(BatchKind.COMPARISON, requests)
    better = studio.comparisons.better(studio.batches.tasks(batch.id)[0])
    assert better is not None and comparison_data.better_text(better) == "Run again with Veo 3.1 Quality"
    app = report(idle_context, batch.id, do="again")  # without a winner nothing happens
    assert "prompt" not in app.session_state


def test_running_again_fills_the_form(compared: Callable[..., Batch], ui_context: AppContext) -> None:
    batch = compared()
    last = ui_context.studio.batches.tasks(batch.id)[2]
    report(ui_context, batch.id, do="vote", task=last.task_id)
    data = shown(at_comparison(batch.id))
    assert data is not None and data["better"] == "Run again with Imagen 4 Ultra"
    session = {"compared_with_image": ("z-image",), "batch_on": True}
    app = report(ui_context, batch.id, session, do="again")
    assert (app.session_state["compared_with_image"], app.session_state["batch_on"]) == ((), False)
    assert (app.session_state["model_image"], app.session_state["prompt"]) == ("imagen-4-ultra", "a paper boat")


def test_what_running_again_cannot_take_over_is_named(
    compared: Callable[..., Batch], ui_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = compared()
    last = ui_context.studio.batches.tasks(batch.id)[2]
    report(ui_context, batch.id, do="vote", task=last.task_id)
    better = ui_context.studio.comparisons.better(last)
    assert better is not None
    other = replace(better.request, aspect_ratio="7:3")
    monkeypatch.setattr(ui_context.studio.comparisons, "better", lambda _: replace(better, request=other))
    app = report(ui_context, batch.id, do="again")
    (said,) = app.session_state["notices"]
    assert "Not supported by this model: Aspect ratio 7:3." in str(said)


def test_an_item_is_opened_in_the_gallery(compared: Callable[..., Batch], ui_context: AppContext) -> None:
    batch = compared()
    app = report(ui_context, batch.id, do="open", item=7)
    assert (app.session_state["go_to"], app.session_state["go_to_params"]) == ("gallery", {"item": "7"})
    for event in ({"do": "open", "item": "7"}, {"do": "vote", "task": 3}, {"do": "other"}):
        assert "go_to" not in report(ui_context, batch.id, **event).session_state


@pytest.mark.parametrize("text", ["999", "0", "x", "-1", "9" * 30, "²"])
def test_other_addresses_show_no_comparison(idle_context: AppContext, text: str) -> None:
    assert shown(at_comparison(text)) is None


def test_one_that_is_gone_can_be_closed(idle_context: AppContext) -> None:
    app = at_comparison(999)
    assert "no longer exists" in texts(app)
    button(app, "comparison_gone_close").click().run()
    assert not has_button(app, "comparison_gone_close") and "compare" not in app.query_params


def test_it_stays_open_while_other_pages_are_shown(compared: Callable[..., Batch]) -> None:
    app = at_comparison(compared().id)
    app.switch_page("../../pages/gallery.py").run()
    app.query_params.clear()
    app.switch_page("../../pages/generate.py").run()
    assert shown(app) is not None
    app.session_state["opened_comparison"] = 0  # closed
    assert shown(app.run()) is None and "compare" not in app.query_params


def test_a_changed_address_decides(compared: Callable[..., Batch]) -> None:
    first, second = compared(), compared()
    app = at_comparison(first.id)
    app.query_params["compare"] = str(second.id)
    data = shown(app.run())
    assert data is not None and data["id"] == second.id
    app.query_params.clear()  # Back, to before it was opened
    assert shown(app.run()) is None


def test_costs_and_records_are_said_as_they_are(idle_context: AppContext) -> None:
    assert ui_text.win_text(None) == ""
    assert ui_text.win_text(WinRate(3, 5)) == "Won 3 of 5 of your comparisons"
    task = idle_context.studio.tasks.submit(image_request())
    assert comparison_data.cost_text(task) == "free, sandbox"
    assert shown(open_page()) is None


def test_the_summary_adds_no_credits_of_two_providers(idle_context: AppContext) -> None:
    studio = idle_context.studio
    batch = studio.batches.submit(BatchKind.COMPARISON, [image_request(model=model) for model in MODELS])
    found = studio.comparisons.get(batch.id)
    providers = ("kie", "other", "sandbox")
    entries = [
        replace(each, task=replace(each.task, provider=name))
        for each, name in zip(found.entries, providers, strict=True)
    ]
    tasks = [replace(each.task, credits_estimated=6.0) for each in entries]
    mixed = replace(found, entries=tuple(entries), tasks=tuple(tasks))
    assert comparison_data.summary(mixed) == (
        "0 of 3 done · about 6 credits at kie.ai; about 6 credits at other; free in the sandbox"
    )
    failed = replace(tasks[0], status=Status.FAILED, may_have_cost=False)
    assert comparison_data.summary(replace(mixed, tasks=(failed, tasks[1]))) == "0 of 3 done · about 6 credits"
