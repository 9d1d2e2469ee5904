"""The provider's own price list: read in the background, kept in the database, and used where it is newer."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ListedPrice, ProviderName, utc_now
from kaimedia.models import catalogue
from kaimedia.sandbox.embedded import EmbeddedSandbox
from kaimedia.ui.generate import price_text
from tests.conftest import housekeeping_of, video_request, wait_for
from tests.lists import change_prices

KLING, NANO = "kling/v2-5-turbo-text-to-video-pro", "nano-banana-2"
OpenContext = Callable[..., AppContext]


@pytest.fixture
def idle(config: Config, open_test_context: OpenContext) -> AppContext:
    """An app without an engine, on a sandbox whose price list agrees with the catalog."""
    return open_test_context(config, run_engine=False)


def test_a_list_that_agrees_changes_nothing(idle: AppContext) -> None:
    before = idle.studio.catalog.models()
    assert idle.studio.price_lists.state().check.checked_at is None
    assert idle.studio.price_lists.read()
    state = idle.studio.price_lists.state()
    assert state.check.checked_at is not None and not state.check.failure and not state.is_running
    assert state.changed == ()
    assert all(new is old for new, old in zip(idle.studio.catalog.models(), before, strict=True))


def test_a_changed_price_counts_and_is_said(idle: AppContext, sandbox: EmbeddedSandbox) -> None:
    request = video_request(model="kling-2.5-turbo", duration_s=10)
    assert idle.studio.estimates.of(request).exact == 84.0
    change_prices(sandbox, {KLING: 1.5})
    idle.studio.price_lists.read()
    assert idle.studio.price_lists.state().changed == ("kling-2.5-turbo",)
    estimate = idle.studio.estimates.of(request)
    assert estimate.exact == 126.0
    spec = idle.studio.catalog.get("kling-2.5-turbo")
    assert idle.studio.catalog.get("kling-2.5-turbo") is spec, "the form is not drawn anew"
    said = price_text.sentences(spec.mode_for(()), estimate, "$0.63", ProviderName.KIE)
    assert said[-1].startswith("kie.ai’s list of") and said[-1].endswith("it replaces the one of 2026‑09‑24.")
    (item,) = idle.studio.quotes.of([request]).items
    assert item.cost.credits_high == 126.0 and item.prices_as_of == utc_now().date()
    change_prices(sandbox, {})
    idle.studio.price_lists.read()
    assert idle.studio.estimates.of(request).exact == 84.0


def test_how_many_ids_are_matched(
    idle: AppContext, sandbox: EmbeddedSandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """With every price changed, what is matched surely has the new price, and nothing else has any other."""
    offered = [spec for spec in catalogue.MODELS if not spec.retirement]
    modes = [mode for spec in offered for mode in spec.modes or (spec,) if mode.wire]
    priced = {mode.remote_name for mode in modes if any(credits for _, credits in mode.price.table)}
    change_prices(sandbox, dict.fromkeys(priced, 1.25))
    idle.studio.price_lists.read()
    found = [mode for spec in idle.studio.catalog.models() for mode in spec.modes or (spec,) if mode.wire]
    matched = {mode.remote_name for mode in found if mode.price.is_of_provider}
    for mode in found:
        for (conditions, ours), (_, new) in zip((mode.price.other or mode.price).table, mode.price.table, strict=True):
            if mode.price.is_of_provider and ours is not None and new is not None:
                assert new == pytest.approx(ours * 1.25), (mode.remote_name, conditions)
    with capsys.disabled():
        print(f"\nprice list: {len(matched)} of {len(priced)} ids matched surely")
    assert len(matched) > 0.7 * len(priced)


def test_of_two_lists_the_newer_counts(idle: AppContext, sandbox: EmbeddedSandbox) -> None:
    change_prices(sandbox, {KLING: 1.5})
    lists, before = idle.stores.price_lists, utc_now() - timedelta(days=365)
    assert lists.begin(ProviderName.SANDBOX, now=before, stale_before=before)
    rows = [ListedPrice(KLING, f"Kling, video, {length}s", "per video", price) for length, price in ((5, 60), (10, 99))]
    lists.save(ProviderName.SANDBOX, rows, now=before)
    spec = idle.studio.catalog.get("kling-2.5-turbo")
    assert spec.price.other is not None and spec.price.other.table[0][1] == 60
    assert idle.studio.estimates.of(video_request(model=spec.id, duration_s=5)).exact == 42.0
    said = price_text.sentences(spec.mode_for(()), spec.estimate(video_request(duration_s=5)), "", ProviderName.KIE)
    assert said[-1].endswith("has another price; this one is newer.")


def test_a_list_that_cannot_be_read_leaves_what_was_known(
    idle: AppContext, sandbox: EmbeddedSandbox, open_test_context: OpenContext, config: Config
) -> None:
    change_prices(sandbox, {NANO: 2.0})
    idle.studio.price_lists.read()
    checked_at = idle.studio.price_lists.state().check.checked_at
    away = open_test_context(replace(config, sandbox_url="http://127.0.0.1:9"), run_engine=False)
    assert away.studio.price_lists.read()
    state = away.studio.price_lists.state()
    assert state.check.failure and state.check.failed_at and state.check.checked_at == checked_at
    assert state.changed == (NANO,)


def test_a_reading_that_ends_unexpectedly_is_not_said_to_run(idle: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_client: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(type(idle.providers.client(ProviderName.SANDBOX)), "listed_prices", broken)
    with pytest.raises(ZeroDivisionError):
        idle.studio.price_lists.read()
    state = idle.studio.price_lists.state()
    assert not state.is_running and state.check.failure == "The reading was interrupted."
    monkeypatch.undo()
    assert idle.studio.price_lists.read() and not idle.studio.price_lists.state().check.failure


def test_another_process_reads_meanwhile(idle: AppContext) -> None:
    now = utc_now()
    assert idle.stores.price_lists.begin(ProviderName.SANDBOX, now=now, stale_before=now - timedelta(minutes=10))
    assert not idle.studio.price_lists.read()
    assert idle.studio.price_lists.state().is_running


def test_it_is_read_once_a_day_where_a_key_is_there(
    config: Config, open_test_context: OpenContext, sandbox: EmbeddedSandbox
) -> None:
    on_sandbox = open_test_context(config, run_engine=False)
    housekeeping_of(on_sandbox)()
    assert not on_sandbox.studio.price_lists.state().is_running
    url = sandbox.base_url or ""
    paid = replace(config, provider="kie", kie_api_key="a-key-of-kie-123", kie_api_url=url, kie_upload_url=url)
    context = open_test_context(paid, run_engine=False)
    housekeeping_of(context)()
    wait_for(lambda: context.studio.price_lists.state().check.checked_at, "the price list")
    first = context.studio.price_lists.state().check
    context.studio.price_lists.reading.begin_if_due()
    assert context.studio.price_lists.state().check.revision == first.revision


def test_the_sandbox_refuses_a_factor_of_no_model(sandbox: EmbeddedSandbox) -> None:
    with pytest.raises(urllib.request.HTTPError, match="422"):
        change_prices(sandbox, {"no-such-model": 2.0})
