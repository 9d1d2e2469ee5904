"""Secrets are redacted in the lines of any logger, whenever its handlers were added."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from kaimedia import log as logs
from tests.conftest import ROOT

CANARY = "canary-of-any-library-58c1"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The output of a library's own handler."""
    before, output = logging.getLogRecordFactory(), io.StringIO()
    logs.hide(CANARY)
    logs.redact_everywhere()
    handler = logging.StreamHandler(output)
    logging.getLogger("some.library").addHandler(handler)
    yield output
    logging.getLogger("some.library").removeHandler(handler)
    logging.setLogRecordFactory(before)


def test_messages_arguments_and_tracebacks_are_redacted(lines: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.error("key %s", CANARY)
    library.error("key %(it)s", {"it": CANARY})
    library.error("as it is: %s" % CANARY)  # noqa: UP031
    library.error("GET /static/media/x?signature=0123abc&until=%d", 7)
    try:
        raise ValueError(CANARY)
    except ValueError:
        library.exception("went wrong at 100%")
    said = lines.getvalue()
    assert CANARY not in said and "0123abc" not in said
    assert said.count("[cut]") >= 5 and "Traceback" in said and "ValueError: [cut]" in said and "until=7" in said


ENDINGS = """
import gc, sys, threading
from kaimedia import log as logs
logs.hide("{canary}")
logs.redact_everywhere()
if "ours" in sys.argv:
    logs.setup("info", as_json=True)

def fail():
    raise RuntimeError("key {canary}")

class Odd:
    def __del__(self):
        fail()

thread = threading.Thread(target=fail, name="a-thread")
thread.start()
thread.join()
threading.Thread(target=sys.exit).start()
Odd()
gc.collect()
fail()
"""


@pytest.mark.parametrize("handlers", ["ours", "none"])
def test_uncaught_exceptions_go_through_the_log(handlers: str) -> None:
    code = ENDINGS.format(canary=CANARY)
    run = subprocess.run([sys.executable, "-c", code, handlers], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1 and CANARY not in run.stderr + run.stdout
    for message in ("a-thread ended", "the process ends", "RuntimeError: key [cut]"):
        assert message in run.stderr, run.stderr
    assert run.stderr.count("RuntimeError: key [cut]") == 3 and "SystemExit" not in run.stderr


@pytest.fixture(autouse=True)
def _hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(place, name, getattr(place, name))


def test_lines_without_secrets_stay_unchanged(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("%d of %s, 100%% at %.1f s", 3, "four", 2.5)
    assert lines.getvalue() == "3 of four, 100% at 2.5 s\n"
