"""The error boundary: no run of a page, fragment or callback shows a raw traceback."""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from kaimedia import code_on_disk
from kaimedia.errors import KaimediaError
from kaimedia.ui import state, ui_text

LOG = logging.getLogger(__name__)


def _logged_id(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    LOG.error("page failed, error id %s", error_id, exc_info=error)
    return error_id


def _next_step() -> str:
    if code_on_disk.running.has_changed():
        return f"{code_on_disk.REBOOT} Your work is saved."
    return "Reload the page. The server log has the details under this ID. Your work is saved."


@contextmanager
def guarded(place: str) -> Iterator[None]:
    """Show an error in `place` instead of the rest of its content."""
    try:
        yield
    except KaimediaError as error:
        LOG.warning("%s: %s", place, error)
        show_problem(error.message, error.next_step)
    except Exception as error:  # last resort: logged, and shown by id only
        show_problem(
            f"Something went wrong here. Error ID {_logged_id(error)}.",
            _next_step(),
        )


def report_error(error: Exception) -> bool:
    """For errors not caught elsewhere in a script: log with an id and show only the id."""
    show_problem(
        f"Something went wrong here. Error ID {_logged_id(error)}.",
        _next_step(),
    )
    return True


def notify_errors(callback: Callable[..., None]) -> Callable[..., None]:
    """Wrap a callback so that its errors become a notice at the end of the run."""

    @functools.wraps(callback)
    def answered(*args: Any, **kwargs: Any) -> None:
        try:
            callback(*args, **kwargs)
        except KaimediaError as error:
            state.notify(f"{error.message} {error.next_step}", icon=":material/error:", is_error=True)
        except Exception as error:  # as above
            state.notify(
                f"Something went wrong. Error ID {_logged_id(error)}: the server log has the details.",
                icon=":material/error:",
                is_error=True,
            )

    return answered


def show_problem(message: str, next_step: str) -> None:
    """Draw an error: what happened and what to do now."""
    with st.container(key=f"problem_{abs(hash(message)) % 10**8}", gap="xsmall"):
        st.html(
            '<div class="k-problem" role="alert">'
            f"<b>{ui_text.escaped(message)}</b><span>{ui_text.escaped(next_step)}</span></div>"
        )
