"""Keeps Streamlit from reading secrets.toml files it would fail on, and supplies their content instead.

Streamlit reads UTF-8 only. With another encoding, a folder, or no read permission, the server would not start.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from streamlit import config

from kaimedia.config_files import read_toml
from kaimedia.errors import ConfigError

OPTION = "secrets.files"


def rescued() -> dict[str, Any]:
    """Content of the files we can read but Streamlit cannot, for `st.App(secrets=…)`; removes them from its list.

    A file that we cannot read either is skipped; the pages, the log and `doctor` report it.
    """
    files = list(config.get_option(OPTION))
    unread = [path for path in files if not is_readable(Path(path))]
    found: dict[str, Any] = {}
    for path in unread:
        try:
            found |= read_toml(Path(path), path)
        except ConfigError:
            continue
    if unread:
        config.set_option(OPTION, [path for path in files if path not in unread])
    return {name: value for name, value in found.items() if _is_plain(value)}


def is_readable(path: Path) -> bool:
    """True when Streamlit can read this file, or it does not exist."""
    if path.suffix != ".toml":
        return True
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return not path.parent.is_file()
    except (OSError, ValueError, RecursionError):  # ValueError: bad encoding or bad TOML
        return False
    return True


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(part) for part in value.values())
    if isinstance(value, list):
        return all(_is_plain(part) for part in value)
    return isinstance(value, str | int | float | bool)
