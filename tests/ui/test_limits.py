"""Settings: spending limits are set and lifted; Generate warns near them and refuses beyond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import GenerationRequest
from kaimedia.domain.limits import LimitScope, SpendingLimit
from kaimedia.errors import LimitReached
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.studio import BatchPrice
from kaimedia.studio.tokens import LOCAL_AGENT_ID
from kaimedia.ui.generate import limit_line
from tests.conftest import image_request
from tests.ui.conftest import button, open_page, texts


@pytest.fixture
def charging(
    config: Config,
    sandbox: EmbeddedSandbox,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
) -> AppContext:
    """An app whose tasks are charged and stay queued."""
    url = sandbox.base_url or ""
    keyed = replace(config, provider="kie", kie_api_key="a-key-of-kie", kie_api_url=url, kie_upload_url=url)
    return pages_of(open_test_context(keyed, run_engine=False))


def amount(app: AppTest, label: str) -> Any:
    """The amount field with that label."""
    return next(each for each in app.number_input if each.label == label)


def test_limits_are_set_and_lifted(idle_context: AppContext) -> None:
    app = open_page("settings")
    assert button(app, "save_limits").disabled
    amount(app, "Each day").set_value(100.0).run()
    unit = next(each for each in app.segmented_control if each.label == "Unit: one task")
    unit.set_value("US dollars").run()
    amount(app, "One task").set_value(0.5).run()
    button(app, "save_limits").click().run()
    wanted = [SpendingLimit(LimitScope.TASK, usd=0.5), SpendingLimit(LimitScope.DAY, credits=100.0)]
    assert idle_context.studio.limits.all() == wanted
    assert "0 of 100 credits used" in texts(app) and button(app, "save_limits").disabled
    app = open_page("settings")
    assert (amount(app, "Each day").value, amount(app, "One task").value, amount(app, "Each month").value) == (
        100,
        0.5,
        None,
    )
    amount(app, "Each day").set_value(None).run()
    button(app, "save_limits").click().run()
    assert idle_context.studio.limits.all() == wanted[:1]


def test_a_token_has_limits_of_its_own(idle_context: AppContext) -> None:
    token_id = idle_context.studio.tokens.create("a script")[1].token_id
    idle_context.studio.limits.save_one(SpendingLimit(LimitScope.DAY, credits=9.0))
    app = open_page("settings")
    next(each for each in app.selectbox if each.label == "Applies to").set_value(token_id).run()
    assert amount(app, "Each day").value is None
    amount(app, "Each month").set_value(50.0).run()
    button(app, "save_limits").click().run()
    assert idle_context.studio.limits.all() == [
        SpendingLimit(LimitScope.DAY, credits=9.0),
        SpendingLimit(LimitScope.MONTH, credits=50.0, token_id=token_id),
    ]


@pytest.mark.parametrize(("scope", "label"), [(LimitScope.TASK, "One task"), (LimitScope.MONTH, "Each month")])
def test_agents_without_a_token_can_be_chosen_once_they_have_a_limit(
    idle_context: AppContext, scope: LimitScope, label: str
) -> None:
    assert not [each for each in open_page("settings").selectbox if each.label == "Applies to"]
    idle_context.studio.limits.save_one(SpendingLimit(scope, credits=5.0, token_id=LOCAL_AGENT_ID))
    app = open_page("settings")
    next(each for each in app.selectbox if each.label == "Applies to").set_value(LOCAL_AGENT_ID).run()
    assert amount(app, label).value == 5


def test_saving_keeps_what_was_changed_elsewhere_meanwhile(idle_context: AppContext) -> None:
    limits = idle_context.studio.limits
    app = open_page("settings")
    amount(app, "Each day").set_value(100.0).run()
    limits.save_one(SpendingLimit(LimitScope.MONTH, credits=900.0))
    limits.save_one(SpendingLimit(LimitScope.TASK, usd=1.0))
    button(app, "save_limits").click().run()
    assert limits.all() == [
        SpendingLimit(LimitScope.TASK, usd=1.0),
        SpendingLimit(LimitScope.DAY, credits=100.0),
        SpendingLimit(LimitScope.MONTH, credits=900.0),
    ]
    assert amount(app, "Each month").value == 900.0 and button(app, "save_limits").disabled


def test_the_price_line_warns_from_80_percent_on(charging: AppContext) -> None:
    studio = charging.studio
    studio.limits.save_one(SpendingLimit(LimitScope.DAY, credits=20.0))
    assert "left today" not in texts(open_page())
    studio.tasks.submit(image_request("one"))
    shown = texts(open_page())  # 6 of 20 are reserved, and 6 more are not yet 16
    assert "left today" not in shown
    studio.tasks.submit(image_request("two"))
    shown = texts(open_page())
    assert "8 credits left today" in shown and "Daily limit: 20 credits, 8 credits left." in shown
    assert "It resets at 00:00 UTC on" in shown
    studio.tasks.submit(image_request("three"))
    shown = texts(open_page())
    assert "over the daily limit" in shown and "2 credits left. This costs more." in shown


def test_a_batch_is_compared_with_the_limit_of_a_task_by_its_dearest_task(charging: AppContext) -> None:
    studio = charging.studio
    studio.limits.save([SpendingLimit(LimitScope.TASK, credits=10.0), SpendingLimit(LimitScope.DAY, credits=100.0)])
    requests = [image_request("one"), image_request("two")]
    (price,) = studio.batches.prices(requests).values()
    assert (price.credits, price.dearest_credits) == (12.0, 6.0)
    assert studio.limits.warnings({"kie": price}) == []
    (warning,) = studio.limits.warnings({"kie": BatchPrice(2, 22.0, 0, dearest_credits=16.0)})
    assert warning.text == "Limit for one task: 10 credits. At least one of these tasks costs more."
    (warning,) = studio.limits.warnings({"kie": BatchPrice(1, 12.0, 0, dearest_credits=12.0)})
    assert warning.text == "Limit for one task: 10 credits. This costs more."
    studio.limits.save_one(SpendingLimit(LimitScope.TASK, usd=0.04))
    assert studio.limits.warnings({"kie": price}) == [], "6 credits are $0.03"
    assert len(studio.limits.warnings({"kie": BatchPrice(2, 12.0, 0, dearest_credits=9.0)})) == 1


def test_a_price_without_a_known_end_is_announced_and_refused(charging: AppContext) -> None:
    studio = charging.studio
    request = GenerationRequest(
        "seedance-2.5", "a boat", aspect_ratio="16:9", duration_s=4, params={"resolution": "1080p"}
    )
    price = studio.estimates.total([request])
    assert (price.credits, price.is_open) == (632.0, True)
    studio.limits.save_one(SpendingLimit(LimitScope.TASK, credits=700.0))
    (warning,) = studio.limits.warnings({"kie": price})
    assert warning.text == (
        "Limit for one task: 700 credits. What this costs at most is not known, so it would be refused."
    )
    assert limit_line.short([warning]) == "not comparable with the limit for one task"
    with pytest.raises(LimitReached, match="at least 632 credits; how much more is not known"):
        studio.tasks.submit(request)
    studio.limits.save([SpendingLimit(LimitScope.DAY, credits=700.0)])
    (warning,) = studio.limits.warnings({"kie": BatchPrice(2, 6.0, 1)})
    assert warning.is_unknown and "700 credits left. What one of these tasks costs at most" in warning.text
    studio.limits.save([])
    studio.tasks.submit(request)


def test_a_refused_task_keeps_the_prompt_and_says_why(charging: AppContext) -> None:
    charging.studio.limits.save_one(SpendingLimit(LimitScope.TASK, credits=1.0))
    app = open_page()
    app.text_area[0].set_value("a paper boat on a lake").run()
    button(app, "generate").click().run()
    assert "The limit for one task is 1 credit; this may cost 6 credits." in texts(app)
    assert "python -m kaimedia limits" in texts(app)
    assert app.text_area[0].value == "a paper boat on a lake"
    assert charging.studio.tasks.queue_depth() == dict.fromkeys(charging.studio.tasks.queue_depth(), 0)


def test_the_use_at_the_provider_that_charges_is_shown_while_another_is_current(charging: AppContext) -> None:
    limits = charging.studio.limits
    limits.save([SpendingLimit(LimitScope.DAY, credits=20.0), SpendingLimit(LimitScope.MONTH, usd=1.0)])
    charging.studio.tasks.submit(image_request("one"))
    assert [(use.provider, use.used) for use in limits.uses("kie")] == [("kie", 6.0), ("", 0.03)]
    assert limits.uses("sandbox") == limits.uses("kie")
    assert [(use.provider, use.used) for use in limits.uses("other")] == [("kie", 6.0), ("other", 0.0), ("", 0.03)]
    assert "6 of 20 credits used at kie.ai" in texts(open_page("settings"))


def test_what_the_sandbox_made_uses_no_limit(idle_context: AppContext) -> None:
    studio = idle_context.studio
    studio.limits.save([SpendingLimit(LimitScope.DAY, credits=5.0), SpendingLimit(LimitScope.MONTH, credits=5.0)])
    studio.tasks.submit(image_request("one"))
    uses = studio.limits.uses(studio.account.state().name)
    assert [(use.provider, use.used, use.left, use.is_near()) for use in uses] == [("", 0.0, 5.0, False)] * 2
    shown = texts(open_page("settings"))
    assert "0 of 5 credits used" in shown and "6 of 5" not in shown
