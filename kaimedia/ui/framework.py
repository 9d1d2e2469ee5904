"""All uses of Streamlit's private API, each covered by tests against a running server."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from streamlit import delta_generator
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette import starlette_websocket

from kaimedia.domain.upload_caps import UploadRejection
from kaimedia.security.access import SignIn

USER_COOKIE = "_streamlit_user"
RECONNECT_S = 60.0  # how long a session without a socket is kept for a browser that reconnects

_limiting = threading.Lock()
_ended_at: dict[str, float] = {}  # sessions without a socket, and when that was first noticed


def read_sign_in(cookies: Mapping[str, str]) -> SignIn | None:
    """The sign-in from the signed cookie of `st.login`; None without a cookie or if its signature is not ours.

    Two sign-ins never have the same `id`: the signature covers the second in which the cookie was made.
    """
    raw = cookies.get(USER_COOKIE)
    try:
        payload = starlette_websocket._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE) if raw else None
    except RuntimeError:  # no cookie secret: no one can sign in
        return None
    if raw is None or payload is None:
        return None
    try:
        claims = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(claims, dict) or not claims.get("is_logged_in"):
        return None
    email = claims.get("email")
    return SignIn(
        id=hashlib.sha256(raw.encode("utf-8", "replace") + b"\n" + payload).hexdigest(),
        email=email if isinstance(email, str) else None,
        is_verified=claims.get("email_verified") in (True, "true"),
    )


def skip_check_for_repl() -> None:
    """Spare the first page a check for a warning that a server never shows: it looks at the files of all modules."""
    delta_generator._use_warning_has_been_displayed = True


def held_uploads() -> dict[str, list[int]]:
    """Sizes in bytes of the uploaded files that Streamlit holds in memory, by session."""
    storage: dict[str, dict[str, Any]] = getattr(Runtime.instance().uploaded_file_mgr, "file_storage", {})
    return {session: [len(file.data) for file in list(files.values())] for session, files in list(storage.items())}


def limit_uploads(rejection: Callable[[str, int], UploadRejection | None]) -> None:
    """Call `rejection(session id, bytes)` before an upload is stored; the browser gets its HTTP status. Idempotent."""
    manager: Any = Runtime.instance().uploaded_file_mgr
    with _limiting:
        if hasattr(manager, "kaimedia_add_file"):
            return
        keep = manager.kaimedia_add_file = manager.add_file

        def add_file(session_id: str, file: Any) -> None:
            if found := rejection(session_id, len(file.data)):
                raise HTTPException(found.status, found.detail)
            keep(session_id, file)

        manager.add_file = add_file


def is_connected(session_id: str) -> bool:
    """True while a browser is connected to the session."""
    return bool(Runtime.instance().is_active_session(session_id))


def current_session_id() -> str | None:
    """The id of the session being drawn; None without one, as in tests."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else None


def close_ended_sessions(members_only: bool) -> None:
    """Close sessions without a socket, to free their files, state and event loop immediately.

    Streamlit drops them after two minutes without closing them. With `members_only`, a session of a user who
    never signed in is closed immediately, others after `RECONNECT_S`. Runs on the server's event loop.
    """
    runtime, now = Runtime.instance(), time.monotonic()
    sessions = [info.session for info in runtime._session_mgr.list_sessions()]
    gone = {session.id: session for session in sessions if not runtime.is_active_session(session.id)}
    for session_id in set(_ended_at) - set(gone):
        del _ended_at[session_id]
    for session_id, session in gone.items():
        since = _ended_at.setdefault(session_id, now)
        is_stranger = members_only and not session._user_info.get("is_logged_in")
        if is_stranger or now - since >= RECONNECT_S:
            del _ended_at[session_id]
            runtime.close_session(session_id)
