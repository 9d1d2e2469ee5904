"""No secret reaches a line of the log."""

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
    ],
)
def test_shapes_of_secrets_are_cut(text: str) -> None:
    assert "CANARY1234" not in log.redact(text)


def test_known_secrets_are_cut_everywhere() -> None:
    log.hide("a-very-own-canary")
    assert log.redact("x a-very-own-canary y") == "x [cut] y"


@pytest.mark.parametrize("as_json", [False, True])
def test_lines_are_cut_tracebacks_included(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
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
