"""Settings: the states of the key, and the facts of the server."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from bench.processes import free_port
from kaimedia import code_on_disk
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import ProviderName, utc_now
from kaimedia.jobs.key_check import KeyCheck, KeyProblem, KeyStatus
from kaimedia.jobs.provider_state import ProviderState
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio.account import AccountService
from kaimedia.ui import ui_text
from kaimedia.ui.settings import key_card
from tests.ui.conftest import button, has_button, open_page, texts

KEY = "good-key-of-a-test-1a2b"
NOT_REACHED = key_card.NOT_REACHED.format(provider="kie.ai")
REMOVE_QUESTION = key_card.REMOVE_QUESTION.format(at_provider="at kie.ai")


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    return replace(sandbox_options, api_key=KEY)


@pytest.fixture
def keyed_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app whose provider accepts one key; none is set yet."""
    url = config.sandbox_url or ""
    return pages_of(open_test_context(replace(config, kie_api_url=url, kie_upload_url=url), run_engine=False))


def save_key(app: AppTest, key: str) -> None:
    app.text_input(key="new_api_key").set_value(key)
    button(app, "save_key").click().run()


def test_without_a_key_the_sandbox_is_named(keyed_context: AppContext) -> None:
    shown = texts(open_page("settings"))
    assert "No key yet. The sandbox is used, and nothing is charged." in shown
    assert "Sandbox on this machine" in shown


def test_a_key_is_checked_saved_masked_and_removed(keyed_context: AppContext) -> None:
    app = open_page("settings")
    save_key(app, KEY)
    shown = texts(app)
    assert "Connected" in shown and "saved here, encrypted" in shown
    assert "•••• 1a2b" in shown and KEY not in shown
    assert "10,000 credits · about $50.00" in shown
    assert not app.text_input(key="new_api_key").value
    button(app, "remove_key").click().run()
    assert REMOVE_QUESTION in texts(app)
    button(app, "remove_key_cancel").click().run()
    assert REMOVE_QUESTION not in texts(app)
    assert keyed_context.studio.settings.get().has_saved_key
    button(app, "remove_key").click().run()
    button(app, "remove_key_sure").click().run()
    assert "No key yet" in texts(app)
    assert not keyed_context.studio.settings.get().has_saved_key


def test_without_a_secret_key_a_database_on_a_server_takes_no_key_and_the_card_says_so(
    keyed_context: AppContext,
) -> None:
    """The line to add stays the same, so that it can be copied and compared."""
    config = replace(keyed_context.config, database_url="postgresql://h/d", secret_key=None)
    stores = keyed_context.stores
    keyed_context.studio.account = AccountService(
        config, stores.spending, stores.settings, keyed_context.providers, keyed_context.secret_box
    )
    app = open_page("settings")
    for _ in range(2):
        assert "A key cannot be saved" in texts(app) and "keep it for good" in texts(app)
        (line,) = (code.value for code in app.code if code.value.startswith('KAIMEDIA_SECRET_KEY = "'))
        save_key(app, KEY)
        assert [code.value for code in app.code if code.value.startswith("KAIMEDIA_SECRET_KEY")] == [line]
    assert len(line) > 60 and not keyed_context.studio.settings.get().has_saved_key


def test_a_misspelled_setting_is_named_in_the_log_and_the_server_card(
    config: Config,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("kaimedia"), "propagate", True)
    pages_of(open_test_context(replace(config, unknown=("KAIMEDIA_MEDIA_URI",)), run_engine=False))
    said = "KAIMEDIA_MEDIA_URI is unknown; did you mean KAIMEDIA_MEDIA_URL?"
    assert said in caplog.text and said in texts(open_page("settings"))


@pytest.fixture
def unreached_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> AppContext:
    """An app whose kie.ai does not respond."""
    url = f"http://127.0.0.1:{free_port()}"
    return pages_of(open_test_context(replace(config, kie_api_url=url, kie_upload_url=url), run_engine=False))


def test_a_key_that_could_not_be_checked_is_saved_only_after_confirmation(unreached_context: AppContext) -> None:
    studio = unreached_context.studio
    app = open_page("settings")
    save_key(app, KEY)
    assert f'data-field="api_key">{NOT_REACHED}' in texts(app)
    assert app.text_input(key="new_api_key").value == KEY
    assert not studio.settings.get().has_saved_key
    button(app, "refresh_balance").click().run()  # message and buttons stay together whatever else is clicked
    assert NOT_REACHED in texts(app) and has_button(app, "save_unchecked")
    button(app, "forget_unchecked").click().run()
    assert not has_button(app, "save_unchecked") and "unchecked_key" not in app.session_state
    save_key(app, KEY)
    button(app, "save_unchecked").click().run()
    assert "Key saved without checking" in texts(app).replace("\\", "") and NOT_REACHED not in texts(app)
    assert studio.settings.get().has_saved_key and "unchecked_key" not in app.session_state


def test_a_key_that_was_not_saved_is_forgotten_on_another_page(unreached_context: AppContext) -> None:
    app = open_page("settings")
    save_key(app, KEY)
    app.switch_page("../../pages/generate.py").run()
    assert "unchecked_key" not in app.session_state
    assert NOT_REACHED not in texts(app)


def test_a_refused_key_is_reported_at_the_field_and_not_saved(keyed_context: AppContext) -> None:
    app = open_page("settings")
    save_key(app, "wrong-key-0000000")
    assert 'data-field="api_key">This key was rejected and not saved.' in texts(app)
    assert app.text_input(key="new_api_key").value == "wrong-key-0000000"
    assert not keyed_context.studio.settings.get().has_saved_key


def test_a_key_at_its_own_limit_is_not_called_refused(
    keyed_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped = KeyCheck(KeyStatus.LIMIT_REACHED, "No more.", checked_at=utc_now())
    monkeypatch.setattr(AccountService, "save_key", lambda _studio, _key: capped)
    app = open_page("settings")
    save_key(app, KEY)
    shown = texts(app).replace("&#x27;", "'")
    assert "This key has reached its own limit. The key was not saved." in shown and "rejected and" not in shown
    state = ProviderState(ProviderName.KIE, "settings", "1a2b", capped, KeyProblem.LIMIT_REACHED, has_saved_key=True)
    monkeypatch.setattr(AccountService, "state", lambda _studio: state)
    shown = texts(open_page("settings")).replace("&#x27;", "'")
    assert "This key has reached its own limit" in shown and "This key was rejected" not in shown


def test_a_saved_key_is_not_reported_as_used_when_the_sandbox_is_set(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    url = config.sandbox_url or ""
    wanted = replace(config, provider="sandbox", kie_api_url=url, kie_upload_url=url)
    pages_of(open_test_context(wanted, run_engine=False))
    app = open_page("settings")
    save_key(app, KEY)
    assert "New tasks still go to the sandbox" in texts(app).replace("\\", "")


@pytest.fixture
def lost_key_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> Callable[..., AppContext]:
    """Opens an app whose saved key was sealed with another secret key."""

    def opener(**changes: str) -> AppContext:
        url = config.sandbox_url or ""
        wanted = replace(config, kie_api_url=url, kie_upload_url=url, **changes)
        before = open_test_context(replace(wanted, secret_key="the old secret"), run_engine=False)
        before.studio.account.save_key_unchecked(KEY)
        before.close()
        return pages_of(open_test_context(replace(wanted, secret_key="a new secret"), run_engine=False))

    return opener


def test_an_unreadable_saved_key_is_reported_and_can_be_removed(
    lost_key_context: Callable[..., AppContext],
) -> None:
    lost_key_context()
    app = open_page("settings")
    assert key_card.UNREADABLE in texts(app) and "No key yet" not in texts(app)
    button(app, "remove_key").click().run()
    button(app, "remove_key_sure").click().run()
    assert key_card.UNREADABLE not in texts(app) and "No key yet" in texts(app)
    assert not has_button(app, "remove_key")


def test_a_saved_key_that_cannot_be_read_does_not_block_another(lost_key_context: Callable[..., AppContext]) -> None:
    context = lost_key_context(kie_api_key=KEY)
    context.studio.account.check_key()
    app = open_page("settings")
    shown = texts(app)
    assert key_card.UNREADABLE in shown and "Connected" in shown
    assert has_button(app, "remove_key")
    assert not button(open_page(), "generate").disabled


def test_an_invalid_key_is_not_sent_anywhere(keyed_context: AppContext) -> None:
    app = open_page("settings")
    save_key(app, "abc")
    assert "This does not look like a key" in texts(app)


def test_storage_locations_are_shown_without_passwords(keyed_context: AppContext) -> None:
    shown = texts(open_page("settings"))
    assert keyed_context.config.media_url in shown
    assert "<dt>Media</dt>" in shown and "<dt>Free</dt>" in shown


def test_the_balance_is_refreshed_on_demand(keyed_context: AppContext) -> None:
    app = open_page("settings")
    assert "Not checked yet" in texts(app)
    save_key(app, KEY)
    button(app, "refresh_balance").click().run()
    assert "Balance is up to date" in texts(app)


def test_the_server_card_shows_its_facts(idle_context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContextProxy, "headers", {"Host": "kai<b>.example", "X-Forwarded-For": "203.0.113.9"})
    shown = texts(open_page("settings"))
    for fact in ("Host seen", "kai&lt;b&gt;.example", "203.0.113.9", sqlite3.sqlite_version, "Settings from"):
        assert fact in shown
    assert code_on_disk.REBOOT not in shown
    monkeypatch.setattr(code_on_disk.running, "has_changed", lambda: True)
    assert code_on_disk.REBOOT in texts(open_page("settings"))


def test_the_sandbox_that_a_setting_chose_asks_for_no_key(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    """A key does not help, and what is said of the sandbox's account is not said of the key."""
    context = pages_of(open_test_context(replace(config, provider="sandbox", kie_api_key=KEY), run_engine=False))
    context.studio.account.check_key()
    shown = texts(open_page())
    assert ui_text.SANDBOX_ONLY in shown and "to generate real ones" not in shown
    settings = texts(open_page("settings"))
    assert "Not used" in settings and ui_text.SANDBOX_ONLY in settings and "Connected" not in settings


def test_saving_without_checking_does_not_promise_a_check(unreached_context: AppContext) -> None:
    app = open_page("settings")
    assert "before it is saved" in texts(app)
    save_key(app, KEY)
    assert has_button(app, "save_unchecked") and "before it is saved" not in texts(app)
