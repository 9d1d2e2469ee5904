"""Which of Streamlit's scripts a page needs for its elements; Streamlit itself finds out one after the other."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

import streamlit as st

FOLDER = Path(st.__file__).resolve().parent / "static" / "static" / "js"
EVERYWHERE = ("BidiComponent", "Button", "Html", "PageLink")
# The pages most visits start with; one without an entry loads its own elements' scripts after the shared ones.
OF_PAGE = {
    "generate": ("ButtonGroup", "Checkbox", "TextArea"),
    "gallery": ("ButtonGroup", "Checkbox", "MenuButton", "Selectbox", "TextInput"),
}
IMPORT = re.compile(r'(?:from|import)"\./([^"]+\.js)"')


@lru_cache
def of(page: str) -> tuple[str, ...]:
    """The names of the files of a page's elements and of all they import; none that this Streamlit does not have."""
    found: dict[str, None] = {}
    for element in (*EVERYWHERE, *OF_PAGE.get(page, ())):
        for path in FOLDER.glob(f"{element}.*.js"):
            _collect(path.name, found)
    return tuple(found)


def _collect(name: str, found: dict[str, None]) -> None:
    path = FOLDER / name
    if name in found or not path.is_file():
        return
    found[name] = None
    for imported in _imports_of(path):
        _collect(imported, found)


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    return tuple(IMPORT.findall(path.read_text(encoding="utf-8")))


@cache
def size_bytes(name: str) -> int:
    """The size of one of Streamlit's scripts, uncompressed; 0 if there is none of that name."""
    path = FOLDER / name
    return path.stat().st_size if path.is_file() else 0
