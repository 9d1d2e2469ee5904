"""No secret reaches the log."""

from __future__ import annotations

import json
import logging

import pytest

from kaimedia import log


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer CANARY1234",
        "api_key=CANARY1234",
        '{"token": "CANARY1234"}',
        "postgresql://me:CANARY1234@host/db",
        "https://x/y?X-Amz-Signature=CANARY1234&b=1",
        "Authorization: Basic CANARY1234==",
        "authorization=basic CANARY1234",
        "(b'authorization', b'Basic dTpCANARY1234=')",
        "sent Basic dTpCANARY1234= along",
        "token kaim_CANARY1234-and_more.",
        "kaim_xCANARY1234",
        "postgresql://me:first@CANARY1234@host/db",
        "postgresql://:CANARY1234@host/db",
        "postgresql://me:fi/CANARY1234@host/db",
    ],
)
def test_text_that_looks_like_a_secret_is_redacted(text: str) -> None:
    assert "CANARY1234" not in log.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Basic settings are kept",
        "a basic authentication",
        "kaim_ is how tokens begin",
        "see https://host:8501/x, or write to ada@example.org",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert log.redact(text) == text


def test_each_key_of_a_list_is_redacted() -> None:
    log.hide_each("first-canary, second-canary ,,")
    assert log.redact("first-canary second-canary") == "[cut] [cut]"
    log.hide_each(None)


def test_known_secrets_are_redacted_everywhere() -> None:
    log.hide("a-very-own-canary")
    assert log.redact("x a-very-own-canary y") == "x [cut] y"


@pytest.mark.parametrize("as_json", [False, True])
def test_lines_are_redacted_including_tracebacks(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    log.hide("canary-in-a-traceback")
    log.setup("info", as_json=as_json)
    logger = logging.getLogger("kaimedia.test")
    try:
        raise ValueError("canary-in-a-traceback")
    except ValueError:
        logger.exception("it broke with canary-in-a-traceback", extra={"task_id": "abc"})
    printed = capsys.readouterr().err
    assert "it broke with [cut]" in printed and "canary" not in printed
    if as_json:
        assert json.loads(printed)["task_id"] == "abc"
