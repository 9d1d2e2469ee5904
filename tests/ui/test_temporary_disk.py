"""On a host that erases its disk, the pages say so before anything is paid."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.errors import StorageUnavailable
from kaimedia.security import access_guide
from kaimedia.studio.storage_watch import StorageWatch
from tests.conftest import wait_for
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
    assert TITLE in shown and "including paid ones" in shown and "KAIMEDIA_DATABASE_URL" in shown
    assert not button(app, "generate").disabled  # a person may still decide to
    button(app, "disk_notice_open").click().run()
    lines = next(code.value for code in app.code if "KAIMEDIA_DATABASE_URL" in code.value)
    assert "without it, saved keys cannot be read" in "".join(each.value for each in app.caption)
    app.run()
    assert lines in [code.value for code in app.code]  # not another KAIMEDIA_SECRET_KEY
    app.switch_page("../../pages/settings.py").run()
    assert TITLE in texts(app) and "temporary: erased at each restart" in texts(app)
    assert lines in [code.value for code in app.code]
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


def test_a_bucket_that_cannot_be_used_shows_before_anything_is_sent(open_with: Open) -> None:
    context = open_with()
    said = "The bucket refuses the key (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)."
    assert said not in texts(open_page())

    def refused() -> None:
        raise StorageUnavailable(said, next_step="Correct the key.")

    context.studio.storage_watch = StorageWatch(refused)
    context.studio.storage_watch.start()
    wait_for(lambda: context.studio.storage_watch.problem, "the first check")
    for page in (open_page(), open_page("settings")):
        assert said in texts(page) and "Correct the key." in texts(page)


def test_nothing_is_said_where_everything_stays(open_with: Open) -> None:
    open_with()
    app = open_page()
    assert TITLE not in texts(app) and not has_button(app, "disk_notice")
    assert TITLE not in texts(open_page("settings"))


def test_a_secret_key_that_is_set_is_not_offered_again(open_with: Open) -> None:
    open_with(**TEMPORARY, secret_key="one that is kept")
    lines = next(code.value for code in open_page("settings").code if "KAIMEDIA_DATABASE_URL" in code.value)
    assert "KAIMEDIA_SECRET_KEY" not in lines


def test_where_everyone_may_use_it_settings_say_what_that_means(open_with: Open) -> None:
    assert access_guide.OPEN_WARNING not in texts(open_page_with(open_with, "local"))
    app = open_page_with(open_with, "open")
    assert access_guide.OPEN_WARNING in texts(app)
    (lines,) = [tomllib.loads(code.value) for code in app.code if "[auth]" in code.value]
    assert lines["KAIMEDIA_ACCESS"] == "login" and list(lines)[-1] == "auth"


def open_page_with(open_with: Open, access: str) -> AppTest:
    open_with(access=access)
    return open_page("settings")


def test_only_an_app_that_may_sleep_is_said_to_when_the_connection_is_lost(open_with: Open) -> None:
    for fields, may_sleep in ((TEMPORARY, True), ({}, False)):
        open_with(**fields)
        (frame,) = [
            each.proto
            for each in open_page().get("bidi_component")
            if each.proto.component_name.endswith("kai_app_frame")
        ]
        assert json.loads(frame.json)[0]["maySleep"] is may_sleep
