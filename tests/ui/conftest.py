"""Tests of the pages without a browser, on an app in a temporary folder."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from kaimedia import config as configuration
from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.domain import Media
from kaimedia.models import catalogue
from kaimedia.sandbox.options import SandboxOptions
from kaimedia.studio import Studio
from tests.conftest import ROOT, image_request, video_request
from tests.finished import finished
from tests.without_housekeeping import leave_out_housekeeping

MAIN = ROOT / "kaimedia" / "ui" / "main.py"


@pytest.fixture(scope="session", autouse=True)
def _packages_scanned_once() -> Iterator[None]:
    """Otherwise each run of a page scans all installed packages for components."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def _no_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_housekeeping(monkeypatch)


@pytest.fixture
def sandbox_options(sandbox_options: SandboxOptions) -> SandboxOptions:
    """The same, with tasks that take a tenth of a second: what they do meanwhile is tested in `tests/engine/`."""
    return replace(sandbox_options, speed=200.0)


@pytest.fixture
def pages_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppContext], AppContext]:
    """Makes the pages use this app."""

    def use(context: AppContext) -> AppContext:
        monkeypatch.setattr(runtime.current, "context", context)
        monkeypatch.setattr(runtime.current, "has_routes", True)
        return context

    return use


@pytest.fixture
def open_with(
    config: Config, tmp_path: Path, open_test_context: Callable[..., AppContext], pages_of: Callable[..., AppContext]
) -> Callable[..., AppContext]:
    """Opens an app on the sandbox with these settings in its environment, seen by the pages."""

    def opener(environment: dict[str, str], *, run_engine: bool = True, **changes: Any) -> AppContext:
        loaded = configuration.load(tmp_path, environment)
        own = replace(loaded, sandbox_url=config.sandbox_url, poll_s=config.poll_s, **changes)
        return pages_of(open_test_context(own, run_engine=run_engine))

    return opener


@pytest.fixture
def ui_context(context: AppContext, pages_of: Callable[[AppContext], AppContext]) -> AppContext:
    """An app on the sandbox, seen by the pages; its engine runs."""
    return pages_of(context)


@pytest.fixture
def idle_context(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> Iterator[AppContext]:
    """The same without an engine: submitted tasks stay queued."""
    yield pages_of(open_test_context(config, run_engine=False))


@pytest.fixture
def studio(ui_context: AppContext) -> Studio:
    """The studio behind the pages."""
    return ui_context.studio


@pytest.fixture(autouse=True)
def _no_page_failed(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Errors that the pages catch and show with an id still fail the test."""
    yield
    failed = [r for r in caplog.get_records("call") if r.name == "kaimedia.ui.shell" and r.levelno >= logging.ERROR]
    assert not failed, failed[0].exc_text or failed[0].getMessage()


def open_page(name: str = "generate") -> AppTest:
    """Open the app at a page; fails when a script raised."""
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    if name != "generate":
        app.switch_page(f"../../pages/{name}.py")
    app.run()
    assert not app.exception, app.exception
    return app


def button(app: AppTest, key: str) -> Any:
    """The button with that key."""
    return next(each for each in app.button if each.key == key)


def choose_model(app: AppTest, model_id: str) -> AppTest:
    """Choose a model of the current mode; AppTest cannot press the buttons of a component such as the picker."""
    app.session_state[f"model_{catalogue.get(model_id).modality}"] = model_id
    return app.run()


def picker(app: AppTest) -> dict[str, Any]:
    """What the model picker was given."""
    for element in app.get("bidi_component"):
        if element.proto.component_name.endswith("kai_model_picker"):
            models, data = json.loads(element.proto.json)
            return {**data, "models": json.loads(models)}
    raise AssertionError("no model picker")


def has_button(app: AppTest, key: str) -> bool:
    """True when a button whose key starts with `key` is drawn."""
    return any((each.key or "").startswith(key) for each in app.button)


def texts(app: AppTest) -> str:
    """All text drawn as HTML or Markdown, and the toasts."""
    drawn = [element.proto.body for element in app.get("html")]
    return "\n".join([*drawn, *(m.value for m in app.markdown), *(t.value for t in app.toast)])


def statuses(app: AppTest) -> dict[str, str]:
    """The status of each task of the queue: label (without Markdown) to state, in order."""
    plain = str.maketrans("", "", "\\*\u2068\u2069")
    return {each.label.translate(plain): each.state for each in app.status}


def grid(app: AppTest, key: str = "gallery_grid") -> dict[str, Any]:
    """The data of a media grid."""
    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        if element.proto.component_name.endswith("kai_media_grid") and key in element.proto.id:
            return dict(data[0])
    raise AssertionError(f"no grid {key}")


def in_grid(event: dict[str, Any], **session: Any) -> AppTest:
    """Report an event as the grid's script would, in a new session."""

    def script() -> None:
        import streamlit as st

        from kaimedia import runtime
        from kaimedia.ui.components import media_events

        media_events.handle(runtime.studio(), st.session_state["event"])

    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["event"] = event
    for key, value in session.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def things(ui_context: AppContext) -> dict[str, Media]:
    """Two images and a video."""
    return {
        "fox": finished(ui_context, image_request("A paper fox"))[1][0],
        "tower": finished(ui_context, image_request("A glass tower"))[1][0],
        "comet": finished(ui_context, video_request("A comet", duration_s=4))[1][0],
    }


def at_address(**params: Any) -> AppTest:
    """The gallery opened from a URL."""
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    for name, value in params.items():
        app.query_params[name] = value
    app.switch_page("../../pages/gallery.py").run()
    assert not app.exception, app.exception
    return app
