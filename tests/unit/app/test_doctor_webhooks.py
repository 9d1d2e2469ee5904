"""What `doctor` says about webhooks; it sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kaimedia import doctor_webhooks
from kaimedia.config import Config, WebhookSetting
from kaimedia.context import AppContext
from kaimedia.finding import Finding
from kaimedia.webhooks.signature import new_secret


def found(context: AppContext, config: Config) -> dict[str, Finding]:
    """The findings by what they are about."""
    return {finding.what: finding for finding in doctor_webhooks.find(config, context.secret_box)}


def test_each_endpoint_has_a_finding(config: Config, open_test_context: Callable[..., AppContext]) -> None:
    trusting = replace(config, trusted_hosts=("127.0.0.1:9",))
    context = open_test_context(trusting, run_engine=False)
    assert found(context, trusting) == {}
    public, _ = context.studio.webhooks.add("https://hooks.example/a")
    down, _ = context.studio.webhooks.add("http://127.0.0.1:9/a")
    context.studio.webhooks.test(down.id)
    after = found(context, trusting)
    assert after[f"webhook {public.id} (hooks.example)"].is_well
    assert not after[f"webhook {down.id} (127.0.0.1:9)"].is_well
    assert "could not be reached" in after[f"webhook {down.id} (127.0.0.1:9)"].detail
    refused = found(context, config)[f"webhook {down.id} (127.0.0.1:9)"]  # its host is no longer trusted
    assert not refused.is_well and "KAIMEDIA_TRUSTED_HOSTS" in refused.next_step
    context.studio.webhooks.set_paused(public.id, is_paused=True)
    assert "paused" in found(context, trusting)[f"webhook {public.id} (hooks.example)"].detail


def test_the_setting_is_checked_before_the_first_start(
    config: Config, open_test_context: Callable[..., AppContext]
) -> None:
    context = open_test_context(config, run_engine=False)
    setting = WebhookSetting("https://10.0.0.1/a", new_secret(), "json")
    new = replace(config, webhook=setting, database_url=f"sqlite:///{config.data_folder}/none.db")
    [finding] = found(context, new).values()
    assert not finding.is_well and "private network" in finding.detail
    [finding] = found(context, replace(new, webhook=replace(setting, url="https://hooks.example/a"))).values()
    assert finding.is_well
