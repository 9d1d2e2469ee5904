"""Settings: the API token is created, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.context import AppContext
from tests.ui.conftest import button, has_button, open_page, texts


def test_a_token_is_shown_once_and_only_its_hash_is_kept(idle_context: AppContext) -> None:
    app = open_page("settings")
    assert "only programs on this machine" in texts(app) and not has_button(app, "revoke_token")
    button(app, "make_token").click().run()
    (token,) = [element.value for element in app.code]
    assert len(token) >= 43 and idle_context.studio.tokens.check(token)
    assert f"•••• {token[-4:]}" in texts(app) and token not in texts(app)
    app.run()
    assert not app.code and "fresh_api_token" not in app.session_state
    assert not [element.value for element in open_page("settings").code]
    database = idle_context.config.database_url.removeprefix("sqlite:///")
    with open(database, "rb") as file:  # noqa: PTH123
        assert token.encode() not in file.read()


def test_a_new_token_replaces_the_old_one_and_revoking_disables_access(idle_context: AppContext) -> None:
    app = open_page("settings")
    button(app, "make_token").click().run()
    first = app.code[0].value
    button(app, "make_token").click().run()
    second = app.code[0].value
    assert not idle_context.studio.tokens.check(first) and idle_context.studio.tokens.check(second)
    button(app, "revoke_token").click().run()
    assert not idle_context.studio.tokens.check(second)
    assert "only programs on this machine" in texts(app) and not app.code


def test_a_token_of_the_environment_is_named(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    origins = {**config.origins, "KAIMEDIA_API_TOKEN": Origin("env-token-0123456789abcd", "environment")}
    configured = replace(config, api_token="env-token-0123456789abcd", origins=origins)
    pages_of(open_test_context(configured, run_engine=False))
    app = open_page("settings")
    assert "from environment" in texts(app) and "•••• abcd" in texts(app) and "env-token" not in texts(app)
    assert not has_button(app, "revoke_token")
