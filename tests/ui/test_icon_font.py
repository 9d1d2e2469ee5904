"""The font of icons has every icon that our pages can show; others would be shown as their names."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from tools import icon_font


@pytest.fixture(scope="module")
def used() -> frozenset[str]:
    """The names that our pages and Streamlit's scripts use."""
    return icon_font.used_names()


def test_every_icon_is_in_the_font(used: frozenset[str]) -> None:
    known = set(icon_font.NAMES.read_text(encoding="utf-8").split())
    missing = used - known
    assert not missing, f"run `python -m tools.icon_font`, which adds {sorted(missing)}"


def test_icons_are_found_in_our_pages_and_in_streamlits_scripts(used: frozenset[str]) -> None:
    pages = (ROOT / "kaimedia" / "ui").rglob("*.py")
    written = {name for path in pages for name in re.findall(r":material/(\w+):", path.read_text(encoding="utf-8"))}
    assert written and written <= used
    assert "photo_library" in used  # of the menu, whose icons are names alone
    assert "expand_more" in used  # of Streamlit's own elements


def test_the_font_is_a_tenth_of_streamlits() -> None:
    (whole,) = (icon_font.streamlit_folder() / "static" / "static" / "media").glob("MaterialSymbols-Rounded.*.woff2")
    assert 0 < icon_font.FONT.stat().st_size < whole.stat().st_size / 10
    assert icon_font.FONT.read_bytes()[:4] == b"wOF2"
