"""On a host that erases its disk, the pages say so before anything is paid."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest

from kaimedia.config import Config
from kaimedia.context import AppContext
from tests.ui.conftest import button, has_button, open_page, texts

TITLE = "What you make here is not kept"
TEMPORARY = {"disk_is_temporary": True}
Open = Callable[..., AppContext]


@pytest.fixture
def open_with(config: Config, open_test_context: Open, pages_of: Callable[[AppContext], AppContext]) -> Open:
    """Opens the app of the pages with these fields of its settings."""

    def opener(**fields: object) -> AppContext:
        return pages_of(open_test_context(replace(config, **fields), run_engine=False))  # type: ignore[arg-type]

    return opener


def test_generate_says_what_is_lost_and_where_the_way_out_is(open_with: Open) -> None:
    open_with(**TEMPORARY)
    app = open_page()
    shown = texts(app)
    assert TITLE in shown and "also paid ones" in shown and "KAIMEDIA_DATABASE_URL" in shown
    assert not button(app, "generate").disabled  # a person may still decide to
    button(app, "disk_notice_open").click().run()
    assert TITLE in texts(app) and "temporary: erased at each restart" in texts(app)
    lines = next(code.value for code in app.code if "KAIMEDIA_DATABASE_URL" in code.value)
    assert {"KAIMEDIA_MEDIA_URL", "KAIMEDIA_SECRET_KEY", "AWS_ACCESS_KEY_ID"} <= tomllib.loads(lines).keys()


@pytest.mark.parametrize("mode", ["batch", "comparison"])
def test_a_batch_and_a_comparison_say_it_too(open_with: Open, mode: str) -> None:
    open_with(**TEMPORARY)
    app = open_page()
    if mode == "batch":
        app.session_state["batch_on"] = True
    else:
        app.session_state["compared_with_image"] = ["nano-banana-pro"]
    app.run()
    assert has_button(app, "generate_many") and TITLE in texts(app)


def test_nothing_is_said_where_everything_stays(open_with: Open) -> None:
    open_with()
    app = open_page()
    assert TITLE not in texts(app) and not has_button(app, "disk_notice")
    assert TITLE not in texts(open_page("settings"))
