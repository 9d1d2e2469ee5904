"""Cached reads of package files, which never change while the app runs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
STYLES = ("tokens", "shell", "composer", "strip", "results", "gallery", "settings", "spending", "phone")


@st.cache_resource(show_spinner=False)
def stylesheet() -> str:
    """All our CSS, joined in order (the phone's rules last)."""
    return styles()


@lru_cache(maxsize=1)
def styles() -> str:
    """`stylesheet`, for code outside of a page."""
    return "\n".join((HERE / "styles" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


@lru_cache(maxsize=1)
def first_paint_styles() -> str:
    """The CSS that hides the page until it is complete."""
    return (HERE / "styles" / "first_paint.css").read_text(encoding="utf-8")


@st.cache_resource(show_spinner=False)
def ideas(modality: str) -> tuple[str, ...]:
    """The prompts of "Surprise me", one per line in the data file."""
    lines = (HERE / "ideas" / f"{modality}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())
