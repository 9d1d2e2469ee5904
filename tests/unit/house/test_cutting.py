"""Secrets are cut from the lines of any logger, whenever its handlers were made."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from kaimedia import log as logs

CANARY = "canary-of-any-library-58c1"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a library's own handler writes."""
    before, output = logging.getLogRecordFactory(), io.StringIO()
    logs.hide(CANARY)
    logs.cut_everywhere()
    handler = logging.StreamHandler(output)
    logging.getLogger("some.library").addHandler(handler)
    yield output
    logging.getLogger("some.library").removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_messages_arguments_and_tracebacks_are_cut(lines: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.error("told %s", CANARY)
    library.error("told %(it)s", {"it": CANARY})
    library.error("as it is: %s" % CANARY)  # noqa: UP031
    library.error("GET /static/media/x?signature=0123abc&until=%d", 7)
    try:
        raise ValueError(CANARY)
    except ValueError:
        library.exception("went wrong at 100%")
    said = lines.getvalue()
    assert CANARY not in said and "0123abc" not in said
    assert said.count("[cut]") >= 5 and "Traceback" in said and "ValueError: [cut]" in said and "until=7" in said


def test_lines_without_secrets_stay_as_they_are(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("%d of %s, 100%% at %.1f s", 3, "four", 2.5)
    assert lines.getvalue() == "3 of four, 100% at 2.5 s\n"
