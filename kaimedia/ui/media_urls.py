"""Where the browser finds a stored file: our media route, or Streamlit's own file store without it.

Addresses are relative, so that they hold under a sub path; the components resolve them against the page.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from streamlit import runtime

from kaimedia import bootstrap
from kaimedia.ui import login


def for_component(name: str | None) -> str:
    """The address of a stored file for our components, "" when there is none."""
    return _url(name, "static/media")


def for_html(name: str | None) -> str:
    """The same for `st.html` and Streamlit's own elements."""
    return _url(name, "app/static/media")


def are_routed() -> bool:
    """True when our media route serves the files; else each file is loaded into memory when it is shown."""
    return bootstrap.media_routes_are_mounted()


def _url(name: str | None, prefix: str) -> str:
    if not name:
        return ""
    if are_routed():
        return f"{prefix}/{bootstrap.media_address(name, login.sign_in_id())}"
    return _from_memory(name)


def _from_memory(name: str) -> str:
    path = Path(bootstrap.studio().places()["media"]) / Path(name).name
    if not path.is_file() or not runtime.exists():
        return ""
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    url: str = runtime.get_instance().media_file_mgr.add(str(path), mime, f"kaimedia:{name}")
    return url.lstrip("/")
