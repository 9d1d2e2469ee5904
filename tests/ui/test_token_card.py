"""Settings: API tokens are created, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from kaimedia.config import Config
from kaimedia.config_sources import Origin
from kaimedia.context import AppContext
from kaimedia.domain.api_token import TokenScope
from kaimedia.domain.limits import LimitScope, SpendingLimit
from tests.ui.conftest import button, has_button, open_page, texts


def create(app: AppTest, name: str) -> str:
    app.text_input(key="token_name").set_value(name).run()
    button(app, "make_token").click().run()
    (secret,) = [element.value for element in app.code]
    return secret


def test_a_token_is_shown_once_and_only_its_hash_is_kept(idle_context: AppContext) -> None:
    app = open_page("settings")
    assert "only programs on this machine" in texts(app)
    token = create(app, "a script")
    (stored,) = idle_context.studio.tokens.valid()
    assert len(token) >= 43 and idle_context.studio.tokens.scopes_of(token) == set(TokenScope)
    assert f"•••• {token[-4:]}" in texts(app) and "never used" in texts(app) and token not in texts(app)
    assert app.text_input(key="token_name").value == "" and has_button(app, f"revoke_token_{stored.token_id}")
    app.run()
    assert not app.code and "fresh_api_token" not in app.session_state
    assert not [element.value for element in open_page("settings").code]
    database = idle_context.config.database_url.removeprefix("sqlite:///")
    with open(database, "rb") as file:  # noqa: PTH123
        assert token.encode() not in file.read()


def test_several_tokens_are_valid_and_each_is_revoked_alone(idle_context: AppContext) -> None:
    tokens = idle_context.studio.tokens
    app = open_page("settings")
    first, second = create(app, "one"), create(app, "two")
    assert tokens.scopes_of(first) and tokens.scopes_of(second)
    (one,) = [token for token in tokens.valid() if token.name == "one"]
    button(app, f"revoke_token_{one.token_id}").click().run()
    assert tokens.scopes_of(first) is None and tokens.scopes_of(second)
    (two,) = tokens.valid()
    button(app, f"revoke_token_{two.token_id}").click().run()
    assert "only programs on this machine" in texts(app) and not app.code


def test_a_token_gets_what_was_chosen_and_a_limit_of_its_own(idle_context: AppContext) -> None:
    app = open_page("settings")
    app.checkbox(key="token_can_manage").uncheck().run()
    app.number_input(key="token_limit").set_value(25).run()
    token = create(app, "an agent")
    assert idle_context.studio.tokens.scopes_of(token) == {TokenScope.READ, TokenScope.GENERATE}
    (stored,) = idle_context.studio.tokens.valid()
    uses = idle_context.studio.limits.uses(idle_context.studio.account.state().name)
    assert [use.limit for use in uses] == [SpendingLimit(LimitScope.MONTH, credits=25.0, token_id=stored.token_id)]
    assert "read, generate" in texts(app)


def test_a_token_without_a_name_is_refused_at_the_field(idle_context: AppContext) -> None:
    app = open_page("settings")
    button(app, "make_token").click().run()
    assert "The token needs a name" in texts(app) and not app.code and not idle_context.studio.tokens.valid()


def test_a_token_of_the_environment_is_named(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    origins = {**config.origins, "KAIMEDIA_API_TOKEN": Origin("env-token-0123456789abcd", "environment")}
    configured = replace(config, api_token="env-token-0123456789abcd", origins=origins)
    pages_of(open_test_context(configured, run_engine=False))
    app = open_page("settings")
    assert "From environment" in texts(app) and "•••• abcd" in texts(app) and "env-token" not in texts(app)
