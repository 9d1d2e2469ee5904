"""Pressing Generate: once, twice, held down, with a full queue, and with an image from the gallery."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kaimedia.context import AppContext
from kaimedia.domain import ErrorCode, GenerationRequest, Phase, Task
from kaimedia.errors import KaimediaError, StorageFull, StoreUnavailable
from kaimedia.models.estimates import Estimate
from kaimedia.studio import Studio
from kaimedia.studio.tasks import TaskService
from kaimedia.ui.generate import composer, price_text
from tests.conftest import image_request
from tests.finished import finished
from tests.ui.conftest import button, in_grid, open_page, texts
from tests.ui.test_generate import fail


def test_a_key_held_down_is_one_request(idle_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(composer, "time", SimpleNamespace(monotonic=lambda: now))
    app = open_page()
    app.text_area(key="prompt").set_value("A whale above a village")
    button(app, "generate").click().run()
    for _ in range(3):
        now += composer.DOUBLE_CLICK_S - 0.5  # together longer than the double-click window
        button(app, "generate").click().run()
        assert "Already started" in texts(app)
    assert idle_context.studio.tasks.page().total == 1
    now += composer.DOUBLE_CLICK_S + 0.1
    button(app, "generate").click().run()
    assert idle_context.studio.tasks.page().total == 2


def test_the_same_request_in_two_tabs_starts_once_until_confirmed(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(composer, "time", SimpleNamespace(monotonic=lambda: now))
    tabs = [open_page(), open_page()]
    for tab in tabs:
        tab.text_area(key="prompt").set_value("A whale above a village")
        button(tab, "generate").click().run()
    assert idle_context.studio.tasks.page().total == 1
    assert "in another tab. Press Generate again" in texts(tabs[1]).replace("\\", "")
    now += composer.DOUBLE_CLICK_S + 0.1
    button(tabs[1], "generate").click().run()
    assert idle_context.studio.tasks.page().total == 2


@pytest.mark.parametrize("error", [StorageFull("The disk is full."), StoreUnavailable("The database is busy.")])
def test_a_request_that_was_never_queued_promises_no_retry(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch, error: KaimediaError
) -> None:
    def refuse(_studio: Studio, _request: GenerationRequest) -> Task:
        raise error

    monkeypatch.setattr(TaskService, "submit", refuse)
    app = open_page()
    app.text_area(key="prompt").set_value("A whale above a village")
    button(app, "generate").click().run()
    shown = texts(app)
    assert f'data-field="generate">{error.message} Nothing was sent; press Generate again.' in shown
    assert "automatically" not in shown


def test_trying_again_with_a_full_queue_says_that_nothing_was_sent(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = idle_context.studio.tasks.submit(image_request())
    fail(idle_context, task.task_id, ErrorCode.PROVIDER_FAILED)

    def refuse(_studio: Studio, _task_id: str) -> Task:
        raise StorageFull("The disk is full.")

    monkeypatch.setattr(TaskService, "retry", refuse)
    app = open_page()
    button(app, f"again_{task.task_id}").click().run()
    assert "The disk is full. Nothing was sent; try again." in texts(app).replace("\\", "")


def test_one_short_price_line_is_under_the_button_and_the_rest_in_its_tooltip(idle_context: AppContext) -> None:
    shown = texts(open_page())
    assert "<span>Free in the sandbox · usually about 10 s</span>" in shown
    tooltip = shown.partition('role="tooltip"')[2]
    assert "<p>Free in the sandbox; about 6 credits at kie.ai.</p>" in tooltip


@pytest.mark.parametrize(
    ("price", "balance", "provider", "expected"),
    [
        (Estimate(6.0, 6.0), 4820.0, "kie", "About 6 credits ($0.03) of your 4,820"),
        (Estimate(6.0, 6.0), None, "kie", "About 6 credits ($0.03)"),
        (Estimate(76.0, 285.0), 4820.0, "kie", "76–285 credits ($0.03) of your 4,820"),
        (Estimate(632.0, None), None, "kie", "At least 632 credits ($0.03)"),
        (Estimate(None, 1620.0), None, "kie", "Up to 1,620 credits ($0.03)"),
        (Estimate(None, None), 4820.0, "kie", "No list price"),
        (Estimate(6.0, 6.0), 9000.0, "sandbox", "Free in the sandbox"),
    ],
)
def test_the_short_price(price: Estimate, balance: float | None, provider: str, expected: str) -> None:
    assert price_text.short(price, "$0.03", balance, provider) == expected


def test_a_result_made_from_an_image_links_to_it(ui_context: AppContext) -> None:
    _, (image,) = finished(ui_context, image_request())
    app = in_grid({"do": "reference", "ids": [image.id]})
    reference = app.session_state["references"][0].reference
    assert (reference.media_id, reference.url) == (image.id, None)
    task, (child,) = finished(ui_context, image_request("the same at night", references=(reference,)))
    assert task.phase is Phase.DONE
    assert (task.request.references, child.parent_id) == ((reference,), image.id)
