"""Access to the pages on a host without our middleware, and with required sign-in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest
from streamlit.user_info import UserInfoProxy

from bench.processes import free_port
from kaimedia import runtime
from kaimedia.config import Config
from kaimedia.context import AppContext
from kaimedia.errors import ConfigError
from kaimedia.security.access import Access
from kaimedia.ui.page_list import PAGE_NAMES
from tests.conftest import ROOT
from tests.ui.conftest import MAIN, open_page, texts


def is_closed(app: AppTest) -> bool:
    shown = {element.proto.component_name for element in app.get("bidi_component")}
    # The frame's script contains no studio data; it handles the menu and Streamlit's own dialogs.
    return not app.text_input and not app.button and all(name.endswith("kai_app_frame") for name in shown)


@pytest.mark.parametrize("page", ["kaimedia/ui/main.py", "app.py", *(f"pages/{name}.py" for name in PAGE_NAMES)])
@pytest.mark.parametrize(
    ("host", "more", "is_let_in"),
    [
        ("localhost:8501", {}, True),
        ("localhost:8501", {"X-Forwarded-For": "203.0.113.9"}, False),
        ("localhost:8501", {"X-Forwarded-Proto": "https"}, False),
        ("kai.streamlit.app", {}, False),
    ],
    ids=str,
)
def test_a_host_without_our_firewall_gets_the_same_rule(
    idle_context: AppContext,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    host: str,
    more: dict[str, str],
    is_let_in: bool,
) -> None:
    monkeypatch.setattr(runtime.current, "has_routes", False)
    monkeypatch.setattr(ContextProxy, "headers", {"Host": host, **more})
    app = AppTest.from_file(str(ROOT / page), default_timeout=20).run()
    assert not app.exception, app.exception
    assert is_closed(app) is not is_let_in
    assert ("KAIMEDIA_ACCESS" in texts(app)) is not is_let_in
    if not is_let_in:
        shown = [block.value for block in app.code]
        assert len(shown) == 3 and ("kai.streamlit.app" in shown[0]) is (host == "kai.streamlit.app")


def test_a_host_without_our_firewall_says_which_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Access:
        raise ConfigError("KAIMEDIA_ACCESS must be local, login or open.", setting="KAIMEDIA_ACCESS")

    monkeypatch.setattr(runtime, "access", broken)
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    assert is_closed(app) and not app.code
    assert "The settings have an error" in texts(app) and "KAIMEDIA_ACCESS must be local" in texts(app)


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_every_page_checks_by_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = ast.Import | ast.ImportFrom | ast.FunctionDef
    (checked,) = [node for node in tree.body[1:] if not isinstance(node, plain)]
    assert isinstance(checked, ast.If) and ast.unparse(checked.test) == "page_may_run()"


def test_login_without_a_provider_is_closed_with_an_explanation(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    pages_of(open_test_context(replace(config, access="login"), run_engine=False))
    for page in PAGE_NAMES:
        app = AppTest.from_file(str(MAIN), default_timeout=20).run()
        app.query_params["page"] = page
        app.run()
        assert is_closed(app) and "Sign-in is not set up yet" in texts(app)


def test_open_access_asks_no_one_to_sign_in(
    config: Config, open_test_context: Callable[..., AppContext], pages_of: Callable[[AppContext], AppContext]
) -> None:
    pages_of(open_test_context(replace(config, access="open"), run_engine=False))
    assert not is_closed(open_page())


@pytest.mark.parametrize(
    ("claims", "shown", "logged"),
    [
        (
            {"email": "ada@example.org", "email_verified": False},
            "has not confirmed ada@example.org",
            "'ada@example.org': the identity provider has not verified the address",
        ),
        (
            {"email": "eve@example.org", "email_verified": True},
            "eve@example.org is not on the list",
            "'eve@example.org': not in KAIMEDIA_ALLOWED_EMAILS",
        ),
        ({"email_verified": True}, "has not reported an email address", "'': no email address"),
        (
            {"email": "x@y\nERROR forged", "email_verified": True},
            "is not on the list",
            r"'x@y\nERROR forged': not in KAIMEDIA_ALLOWED_EMAILS",
        ),
    ],
    ids=["unverified", "unlisted", "no address", "a line break"],
)
def test_a_refused_person_reads_why_and_the_owner_too(
    config: Config,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    claims: dict[str, object],
    shown: str,
    logged: str,
) -> None:
    rules = replace(config, access="login", allowed_emails=("ada@example.org",))
    pages_of(open_test_context(rules, run_engine=False))
    person = {"is_logged_in": True, **claims}
    monkeypatch.setattr(UserInfoProxy, "get", lambda _user, name, default=None: person.get(name, default))
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    app.secrets["auth"] = {"client_id": "x"}
    app.run()
    app.run()
    assert shown in texts(app) and not app.text_input
    lines = [record.getMessage() for record in caplog.records if "sign-in refused" in record.getMessage()]
    assert lines == [f"sign-in refused: {logged}"]


def test_a_provider_that_cannot_be_used_is_named_before_anyone_is_sent_there(
    config: Config,
    open_test_context: Callable[..., AppContext],
    pages_of: Callable[[AppContext], AppContext],
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages_of(open_test_context(replace(config, access="login"), run_engine=False))
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    nobody = f"http://127.0.0.1:{free_port()}/metadata"
    app.secrets["auth"] = {"google": {"client_id": "x", "server_metadata_url": nobody}}
    app.run()
    app.button(key="sign_in_google").click().run()
    assert "The identity provider cannot be used right now" in texts(app) and nobody not in texts(app)
    (line,) = [record.getMessage() for record in caplog.records if record.getMessage().startswith("sign-in: ")]
    assert nobody in line and "server_metadata_url under [auth.google]" in line
