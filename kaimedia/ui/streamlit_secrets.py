"""Streamlit's own reading of secrets.toml: kept from files it would stumble over, given what they say by us.

It opens them as UTF-8 only. In another encoding, as a folder, or without the right to read, the server would not start.
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
    """What the files say that Streamlit cannot read and we can, for `st.App(secrets=…)`; they leave its own list.

    A file that nobody can read is left out: pages, log and `doctor` name it.
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
    """Whether Streamlit reads this file, or rightly finds none."""
    if path.suffix != ".toml":
        return True
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return not path.parent.is_file()
    except (OSError, ValueError, RecursionError):  # of these, wrong letters and wrong TOML
        return False
    return True


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(part) for part in value.values())
    if isinstance(value, list):
        return all(_is_plain(part) for part in value)
    return isinstance(value, str | int | float | bool)
