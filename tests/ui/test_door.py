"""The door of the pages, where no guard stands before them and where people have to sign in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia import bootstrap
from kaimedia.bootstrap import House
from kaimedia.config import Config
from kaimedia.ui import login
from tests.ui.conftest import MAIN, open_page, texts


def is_closed(app: AppTest) -> bool:
    return not app.text_input and not app.get("bidi_component") and not app.button


@pytest.mark.parametrize("is_from_here", [True, False])
def test_a_host_without_our_guard_gets_the_same_rule(
    idle_house: House, monkeypatch: pytest.MonkeyPatch, is_from_here: bool
) -> None:
    monkeypatch.setattr(bootstrap._current, "has_routes", False)
    monkeypatch.setattr(login, "_is_from_here", lambda: is_from_here)
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    assert is_closed(app) is not is_from_here
    assert ("KAIMEDIA_ACCESS" in texts(app)) is not is_from_here


def test_login_without_a_provider_is_closed_in_words(
    config: Config, open_test_house: Callable[..., House], pages_of: Callable[[House], House]
) -> None:
    pages_of(open_test_house(replace(config, access="login"), run_engine=False))
    for page in ("generate", "gallery", "settings"):
        app = AppTest.from_file(str(MAIN), default_timeout=20).run()
        app.query_params["page"] = page
        app.run()
        assert is_closed(app) and "Sign-in is not set up yet" in texts(app)


def test_open_asks_nobody(
    config: Config, open_test_house: Callable[..., House], pages_of: Callable[[House], House]
) -> None:
    pages_of(open_test_house(replace(config, access="open"), run_engine=False))
    assert not is_closed(open_page())
