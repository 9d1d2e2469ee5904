"""The question before a single task above the sum in Settings, and the settings of money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ConfirmUnit, ErrorCode, MoneySettings
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.sandbox.options import SandboxOptions
from tests.lists import change_prices
from tests.ui.conftest import button, open_page, texts
from tests.ui.test_generate import fail


@pytest.fixture
def charged(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app whose provider charges, with enough credits; the sum is 50 credits."""
    url = config.sandbox_url or ""
    wanted = replace(config, provider="kie", kie_api_key="key-of-a-test-1234", kie_api_url=url, kie_upload_url=url)
    context = pages_of(open_test_context(wanted, run_engine=False))
    context.studio.money.save(confirm_above=50.0)
    return context


def typed() -> object:
    app = open_page()
    app.segmented_control(key="mode").set_value("Videos").run()
    app.text_area(key="prompt").set_value("A whale above a village")
    return app


def test_a_task_above_the_sum_is_sent_after_a_yes(charged: AppContext) -> None:
    app = typed()
    button(app, "generate").click().run()
    assert charged.studio.tasks.page().total == 0
    shown = texts(app)
    assert "<b>About 60 credits ($0.30)</b>" in shown and "A whale above a village" in shown
    button(app, "price_cancel").click().run()
    assert charged.studio.tasks.page().total == 0 and "price_confirm" not in {each.key for each in app.button}
    button(app, "generate").click().run()
    button(app, "price_confirm").click().run()
    (task,) = charged.studio.tasks.page().items
    assert (task.model, task.credits_estimated) == ("veo3_fast", 60.0)
    assert "price_confirm" not in {each.key for each in app.button}


def test_a_task_below_the_sum_is_sent_at_once(charged: AppContext) -> None:
    charged.studio.money.save(confirm_above=0.3, confirm_unit=ConfirmUnit.MONEY)
    app = typed()
    button(app, "generate").click().run()
    assert charged.studio.tasks.page().total == 1


def test_a_price_that_changed_while_asked_is_asked_again(charged: AppContext) -> None:
    app = typed()
    button(app, "generate").click().run()
    (provider, price), *_ = app.session_state["asked_price"].prices
    app.session_state["asked_price"] = replace(
        app.session_state["asked_price"], prices=((provider, replace(price, credits=59.0)),)
    )
    app.run()
    button(app, "price_confirm").click().run()
    assert charged.studio.tasks.page().total == 0 and "The price has changed; please check it." in texts(app)
    button(app, "price_confirm").click().run()
    assert charged.studio.tasks.page().total == 1


def test_an_invalid_request_is_not_asked_about(charged: AppContext) -> None:
    app = open_page()
    app.segmented_control(key="mode").set_value("Videos").run()
    button(app, "generate").click().run()
    assert "asked_price" not in app.session_state or app.session_state["asked_price"] is None
    assert 'data-field="prompt"' in texts(app)


def test_trying_an_expensive_task_again_asks_too(charged: AppContext) -> None:
    app = typed()
    button(app, "generate").click().run()
    button(app, "price_confirm").click().run()
    (task,) = charged.studio.tasks.page().items
    fail(charged, task.task_id, ErrorCode.PROVIDER_FAILED)
    app.run()
    button(app, f"again_{task.task_id}").click().run()
    assert charged.studio.tasks.page().total == 1
    app.run()
    button(app, "price_confirm").click().run()
    again, _ = charged.studio.tasks.page().items
    assert again.retry_of == task.task_id


def test_what_the_balance_cannot_pay_is_refused_with_the_next_step(
    config: Config,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
    sandbox_options: SandboxOptions,
) -> None:
    server = EmbeddedSandbox(replace(sandbox_options, credits=40.0))
    server.start()
    try:
        url = server.base_url or ""
        wanted = replace(config, provider="kie", kie_api_key="key-of-a-test-1234", kie_api_url=url, kie_upload_url=url)
        context = pages_of(open_test_context(wanted, run_engine=False))
        app = typed()
        button(app, "generate").click().run()
        assert context.studio.tasks.page().total == 0
        assert "Missing: 20 credits" in texts(app) and "https://kie.ai/pricing" in texts(app)
    finally:
        server.stop()


def test_the_settings_of_money(idle_context: AppContext) -> None:
    app = open_page("settings")
    assert button(app, "save_money").disabled
    app.number_input(key="money_usd_per_credit").set_value(0.0045)
    app.text_input(key="money_currency").set_value("eur")
    app.number_input(key="money_currency_per_usd").set_value(0.9)
    app.number_input(key="money_confirm_above").set_value(2.0).run()
    app.segmented_control(key="money_confirm_unit").set_value(ConfirmUnit.MONEY).run()
    button(app, "save_money").click().run()
    saved = idle_context.studio.money.get()
    expected = MoneySettings(0.0045, "EUR", 0.9, 2.0, ConfirmUnit.MONEY, saved.updated_at)
    assert saved == expected and button(app, "save_money").disabled
    app.toggle(key="money_asks").set_value(False).run()
    button(app, "save_money").click().run()
    assert idle_context.studio.money.get().confirm_above is None
    app.text_input(key="money_currency").set_value("E").run()
    button(app, "save_money").click().run()
    assert 'data-field="currency"' in texts(app) and idle_context.studio.money.get().currency == "EUR"


def test_the_price_list_shows_its_age_and_what_differs(idle_context: AppContext, sandbox: EmbeddedSandbox) -> None:
    assert "never" in texts(open_page("settings"))
    change_prices(sandbox, {"nano-banana-2": 1.5})
    idle_context.studio.price_lists.read()
    shown = texts(open_page("settings"))
    assert "<dd>1: nano-banana-2</dd>" in shown and "<dd>just now</dd>" in shown
