"""The access check before every page, however the page was started.

`app.py` runs `main`, which checks and then runs the selected page. A host that runs the scripts itself may use
Streamlit's `pages/` folder mode, where a page file runs alone: then `main` has neither drawn nor checked anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kaimedia.ui import login, plain_host, shell

_has_frame: ContextVar[bool] = ContextVar("has_frame", default=False)


@contextmanager
def framed() -> Iterator[None]:
    """Mark this run as one whose page is drawn inside the frame of `main`."""
    token = _has_frame.set(True)
    try:
        yield
    finally:
        _has_frame.reset(token)


def has_frame() -> bool:
    """True while a page runs inside `main`."""
    return _has_frame.get()


def admits() -> bool:
    """True when this user may see the pages; otherwise draws what to do."""
    with shell.guarded("Access"):
        if login.lets_in():
            return True
    plain_host.add_styles()
    return False
