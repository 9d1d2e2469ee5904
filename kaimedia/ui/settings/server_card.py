"""Facts about this server and the current request, for diagnosing hosting problems."""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter

import streamlit as st

from kaimedia import code_on_disk, runtime
from kaimedia.domain import utc_now
from kaimedia.errors import StoreUnavailable
from kaimedia.security.access import OPEN
from kaimedia.studio import Studio, workers_text
from kaimedia.studio.temporary_disk import DiskLoss
from kaimedia.ui import login, plain_host, shell, ui_text
from kaimedia.ui.settings import secrets_lines


def show(studio: Studio) -> None:
    """Draw the facts, and warn when the running code differs from the code on disk, or the disk is erased."""
    if (loss := studio.settings.disk_loss()) is not None:
        _show_loss(loss)
    if (problem := studio.storage_watch.problem) is not None:
        shell.show_problem(problem.message, problem.next_step)
    for text in studio.settings.unknown_texts():
        shell.show_problem(text, "Correct or remove the line where it is set, then restart the app.")
    if code_on_disk.running.has_changed():
        st.html(
            f'<div class="k-problem" role="alert"><b>{code_on_disk.REBOOT}</b>'
            "<span>This process is still running the version it started with.</span></div>"
        )
    rows = "".join(
        f"<tr><th scope='row' style='text-align:left;font-weight:500;padding:.25rem 1.25rem .25rem 0;"
        f"white-space:nowrap'>{ui_text.escaped(name)}</th>"
        f"<td style='padding:.25rem 0;overflow-wrap:anywhere'>{ui_text.escaped(value)}</td></tr>"
        for name, value in facts()
    )
    st.html(f'<table class="k-quiet" style="border-collapse:collapse">{rows}</table>')
    if runtime.access().mode == OPEN:
        secrets_lines.show_login(login.shown_host())


def _show_loss(loss: DiskLoss) -> None:
    st.html(
        f'<div class="k-problem" role="alert"><b>{ui_text.escaped(loss.title)}</b>'
        f"<span>{ui_text.escaped(loss.text)} {ui_text.escaped(loss.next_step)}</span></div>"
    )
    secrets_lines.show_storage()


def routes() -> str:
    """Whether our own routes are mounted, else what is missing without them."""
    if runtime.media_routes_are_mounted():
        return "mounted"
    return "; ".join(("not mounted, because this host runs the pages as a plain script", *plain_host.LACKS))


def workers() -> str:
    """The processes that run tasks on this database."""
    try:
        running = runtime.studio().operations.running_workers()
    except StoreUnavailable as error:
        return error.message
    return workers_text(running, utc_now(), is_brief=True)


def facts() -> list[tuple[str, str]]:
    """Names and values, in the order they are shown; never a secret."""
    headers = st.context.headers
    config = runtime.context().config
    is_sqlite = config.database_url.startswith("sqlite")
    sources = Counter(origin.source for origin in config.origins.values() if origin.source != "default")
    set_in = ", ".join(f"{source} ({count})" for source, count in sorted(sources.items()))
    return [
        ("Host seen", headers.get("Host") or "none"),
        ("Forwarded for", headers.get("X-Forwarded-For") or "none: no proxy, or one that does not report it"),
        ("Access", config.access),
        ("Routes", routes()),
        ("Workers", workers()),
        ("Disk", "temporary: erased at each restart" if config.disk_is_temporary else "permanent"),
        ("Database", f"SQLite {sqlite3.sqlite_version}" if is_sqlite else "PostgreSQL"),
        ("Python", platform.python_version()),
        ("Streamlit", st.__version__),
        ("Settings from", set_in or "defaults only"),
    ]
