"""The error boundary: no run of a page, a fragment or a callback ends in a raw traceback."""

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
from kaimedia.ui import state, words

LOG = logging.getLogger(__name__)


def _noted(error: Exception) -> str:
    error_id = secrets.token_hex(4)
    LOG.error("page failed, error id %s", error_id, exc_info=error)
    return error_id


def _next_step() -> str:
    if code_on_disk.running.has_changed():
        return f"{code_on_disk.REBOOT} Your work is kept."
    return "Reload the page; the log has the details under that id. Your work is kept."


@contextmanager
def guarded(place: str) -> Iterator[None]:
    """Show what went wrong in `place` instead of the rest of it."""
    try:
        yield
    except KaimediaError as error:
        LOG.warning("%s: %s", place, error)
        show_problem(error.message, error.next_step)
    except Exception as error:  # the last line of defence: logged, told with an id, never shown raw
        show_problem(
            f"Something went wrong here. Error id {_noted(error)}.",
            _next_step(),
        )


def told(error: Exception) -> bool:
    """For what escapes all else in a script: logged with an id, and only the id is shown."""
    show_problem(
        f"Something went wrong here. Error id {_noted(error)}.",
        _next_step(),
    )
    return True


def answering(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback whose errors become a notice at the end of the run."""

    @functools.wraps(callback)
    def answered(*args: Any, **kwargs: Any) -> None:
        try:
            callback(*args, **kwargs)
        except KaimediaError as error:
            state.tell(f"{error.message} {error.next_step}", icon=":material/error:", is_error=True)
        except Exception as error:  # as above
            state.tell(
                f"Something went wrong. Error id {_noted(error)}; the log has the details.",
                icon=":material/error:",
                is_error=True,
            )

    return answered


def show_problem(message: str, next_step: str) -> None:
    """A designed error: what happened and what to do now."""
    with st.container(key=f"problem_{abs(hash(message)) % 10**8}", gap="xsmall"):
        st.html(
            '<div class="k-problem" role="alert">'
            f"<b>{words.escaped(message)}</b><span>{words.escaped(next_step)}</span></div>"
        )
