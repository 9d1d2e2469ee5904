"""The dialog that confirms a batch: what it says, and that it submits exactly once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.context import AppContext
from kaimedia.domain import BatchKind
from kaimedia.studio import BatchPrice, KeyCheck
from kaimedia.ui.generate.batch_price_text import missing_credits, total
from kaimedia.ui.state import AskedBatch, Confirmation
from tests.conftest import image_request
from tests.ui.conftest import button, has_button, open_page, texts


def asked_for(count: int, key: str = "key", **changes: object) -> AskedBatch:
    requests = tuple(image_request(f"boat {number}") for number in range(1, count + 1))
    lines = tuple((request.prompt, 1) for request in requests)
    return AskedBatch(
        Confirmation(BatchKind.PROMPTS, requests, name="Boats", lines=lines, **changes),  # type: ignore[arg-type]
        key,
        (("sandbox", BatchPrice(count, 6.0 * count, 0, dearest_credits=6.0)),),
        ("Free in the sandbox",) * min(count, 8),
    )


def with_question(asked: AskedBatch, app: AppTest | None = None) -> AppTest:
    app = app or open_page()
    app.session_state["asked_batch"] = asked
    return app.run()


def test_the_dialog_lists_what_is_made_and_confirming_queues_it(idle_context: AppContext) -> None:
    app = with_question(asked_for(10, notes=("Row 3 has no prompt.",)))
    shown = texts(app)
    assert "boat 8" in shown and "boat 9" not in shown and "and 2 more" in shown
    assert "Free in the sandbox" in shown and "Row 3 has no prompt." in shown
    assert button(app, "batch_confirm").label == "Submit 10"
    button(app, "batch_confirm").click().run()
    progress = idle_context.studio.batches.shown()
    assert [(each.batch.name, each.unsent) for each in progress] == [("Boats", 10)]
    assert app.session_state["submitted_batch"] == progress[0].batch.id
    assert not has_button(app, "batch_confirm")


def test_confirming_twice_makes_one_batch(idle_context: AppContext) -> None:
    app = open_page()
    for _ in range(2):  # a second click that the page sent before the dialog was gone, or another tab of the session
        button(with_question(asked_for(2), app), "batch_confirm").click().run()
    assert [each.total for each in idle_context.studio.batches.shown()] == [2]
    button(with_question(asked_for(2, key="another"), app), "batch_confirm").click().run()
    assert [each.total for each in idle_context.studio.batches.shown()] == [2, 2]


def test_cancel_submits_nothing(idle_context: AppContext) -> None:
    app = with_question(asked_for(3))
    button(app, "batch_cancel").click().run()
    assert not has_button(app, "batch_confirm") and idle_context.studio.batches.shown() == []


def test_what_makes_submitting_impossible_is_said_in_the_dialog(idle_context: AppContext) -> None:
    asked = asked_for(1)
    wanted = (image_request(""), *asked.confirmation.requests)
    refused = AskedBatch(
        Confirmation(BatchKind.PROMPTS, wanted), "key", (("sandbox", BatchPrice(2, 12.0, 0, dearest_credits=6.0)),)
    )
    app = with_question(refused)
    button(app, "batch_confirm").click().run()
    assert 'data-field="batch">Write a prompt first.' in texts(app) and has_button(app, "batch_confirm")
    assert idle_context.studio.batches.shown() == []


@pytest.mark.parametrize(
    ("price", "provider", "expected"),
    [
        (BatchPrice(16, 96.0, 0), "kie", "About 96 credits"),
        (BatchPrice(19, 96.0, 3), "kie", "About 96 credits, plus 3 without a list price"),
        (BatchPrice(3, 0.0, 3), "kie", "No list price"),
        (BatchPrice(200, 24000.0, 0), "kie", "About 24,000 credits"),
        (BatchPrice(3, 0.3, 0), "kie", "About 0.3 credits"),
        (BatchPrice(16, 96.0, 0), "sandbox", "Free in the sandbox"),
    ],
)
def test_the_total(price: BatchPrice, provider: str, expected: str) -> None:
    assert total({provider: price}) == expected


def test_each_provider_has_its_own_total() -> None:
    prices = {"sandbox": BatchPrice(2, 12.0, 0), "other": BatchPrice(1, 5.0, 0)}
    assert total(prices) == "Free in the sandbox; about 5 credits at other"
    assert total({"kie": prices["sandbox"], "other": prices["other"]}) == (
        "About 12 credits at kie.ai; about 5 credits at other"
    )
    assert total({}) == ""


def test_a_balance_below_the_total_is_reported_unless_it_is_unknown_or_the_sandbox() -> None:
    price = BatchPrice(16, 96.0, 1)
    assert missing_credits(price, 95.5, "kie").startswith("Your balance of 95.5 credits at kie.ai is less")
    assert missing_credits(price, 96.0, "kie") == ""
    assert missing_credits(price, None, "kie") == ""
    assert missing_credits(price, 1.0, "sandbox") == ""


def test_only_the_prices_that_were_shown_are_submitted(
    idle_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_question(asked_for(2))
    others = {"kie": BatchPrice(2, 24.0, 0)}  # a key was saved meanwhile
    monkeypatch.setattr(idle_context.studio.batches, "prices", lambda requests: others)
    button(app, "batch_confirm").click().run()
    assert idle_context.studio.batches.shown() == []
    assert "The price has changed; please check it." in texts(app) and "<b>About 24 credits</b>" in texts(app)
    button(app, "batch_confirm").click().run()
    assert [each.total for each in idle_context.studio.batches.shown()] == [2]


def test_a_balance_below_the_total_is_a_warning(idle_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = {"kie": BatchPrice(1, 24.0, 0), "other": BatchPrice(1, 5.0, 0)}
    monkeypatch.setattr(idle_context.studio.batches, "prices", lambda requests: prices)
    monkeypatch.setattr(
        idle_context.studio.account,
        "balance_of",
        lambda name: KeyCheck(balance_credits={"kie": 30.0, "other": 4.0}[name]),
    )
    app = with_question(replace(asked_for(2), prices=tuple(prices.items()), line_prices=(total(prices),) * 2))
    assert "Your balance of 4 credits at other is less than the total there." in texts(app)
    assert "Your balance of 30 credits" not in texts(app)
    button(app, "batch_confirm").click().run()
    assert [each.total for each in idle_context.studio.batches.shown()] == [2]
