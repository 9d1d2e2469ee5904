"""URLs of stored files for the browser: our media route, or Streamlit's file store where that is not mounted.

URLs are relative, so that they work below a sub-path; the components resolve them against the page.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from streamlit import runtime as streamlit_runtime
from streamlit.runtime.media_file_manager import MediaFileManager

from kaimedia import runtime
from kaimedia.ui import login
from kaimedia.ui.components import stored_bytes

MAX_REMEMBERED = 10_000
_urls: dict[
    str, str
] = {}  # by name: where Streamlit's file store had the file last; the bytes under a name never change


def for_component(name: str | None) -> str:
    """The URL of a stored file for our components, "" without one."""
    return _url(name, "static/media")


def for_html(name: str | None) -> str:
    """The same for `st.html` and Streamlit's own elements."""
    return _url(name, "app/static/media")


def are_routed() -> bool:
    """True when our media route serves the files; otherwise each shown file is loaded into memory."""
    return runtime.media_routes_are_mounted()


def _url(name: str | None, prefix: str) -> str:
    if not name:
        return ""
    if are_routed():
        return f"{prefix}/{runtime.media_address(name, login.sign_in_id())}"
    return _from_memory(name)


def _from_memory(name: str) -> str:
    if not streamlit_runtime.exists():
        return ""
    files = streamlit_runtime.get_instance().media_file_mgr
    content = _held_by(files, name) or stored_bytes.of(runtime.studio(), Path(name).name)
    if content is None:
        return ""
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    url: str = files.add(content, mime, f"kaimedia:{name}")  # also of a held file: says that this session shows it
    if len(_urls) >= MAX_REMEMBERED:
        _urls.clear()
    _urls[name] = url
    return url.lstrip("/")


def _held_by(files: MediaFileManager, name: str) -> bytes | None:
    """The content, if Streamlit still holds it from an earlier run: a large file is not read again at each."""
    if name not in _urls or not files.can_read_files:
        return None
    held = files.read_file(Path(_urls[name]).name)
    return held.content if held else None
