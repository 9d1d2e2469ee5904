"""Settings: the API token is made, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kaimedia.bootstrap import House
from kaimedia.config import Config, Origin
from tests.ui.conftest import button, has_button, open_page, texts


def test_a_token_is_shown_once_and_only_its_hash_is_kept(idle_house: House) -> None:
    app = open_page("settings")
    assert "only programs on this machine" in texts(app) and not has_button(app, "revoke_token")
    button(app, "make_token").click().run()
    (token,) = [element.value for element in app.code]
    assert len(token) >= 43 and idle_house.studio.check_api_token(token)
    assert f"•••• {token[-4:]}" in texts(app) and token not in texts(app)
    app.run()
    assert not app.code and "fresh_api_token" not in app.session_state
    assert not [element.value for element in open_page("settings").code]
    database = idle_house.config.database_url.removeprefix("sqlite:///")
    with open(database, "rb") as file:  # noqa: PTH123
        assert token.encode() not in file.read()


def test_a_new_token_ends_the_old_and_revoking_ends_it_all(idle_house: House) -> None:
    app = open_page("settings")
    button(app, "make_token").click().run()
    first = app.code[0].value
    button(app, "make_token").click().run()
    second = app.code[0].value
    assert not idle_house.studio.check_api_token(first) and idle_house.studio.check_api_token(second)
    button(app, "revoke_token").click().run()
    assert not idle_house.studio.check_api_token(second)
    assert "only programs on this machine" in texts(app) and not app.code


def test_a_token_of_the_environment_is_named(
    config: Config, open_test_house: Callable[..., House], pages_of: Callable[[House], House]
) -> None:
    origins = {**config.origins, "KAIMEDIA_API_TOKEN": Origin("env-token-0123456789abcd", "environment")}
    configured = replace(config, api_token="env-token-0123456789abcd", origins=origins)
    pages_of(open_test_house(configured, run_engine=False))
    app = open_page("settings")
    assert "from environment" in texts(app) and "•••• abcd" in texts(app) and "env-token" not in texts(app)
    assert not has_button(app, "revoke_token")
