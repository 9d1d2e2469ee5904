"""One widget for each of a model's own fields."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from kaimedia.models.spec import ModelSpec, Param
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import draft

LONG_TEXT_FROM = 200


def show(spec: ModelSpec, params: Iterable[Param]) -> None:
    """Draw the fields in the spec's order; each model has its own session keys."""
    for param in params:
        _draw(spec, param)


def _draw(spec: ModelSpec, param: Param) -> None:
    key = state.choice(spec.id, param.name).key
    if param.kind == "choice":
        _choice(param, key)
    elif param.kind == "number":
        st.slider(
            param.label,
            float(param.minimum or 0.0),
            float(param.maximum if param.maximum is not None else 100.0),
            step=float(param.step or 1.0),
            key=key,
            persist_state="session",
            on_change=draft.forget_field,
            args=(param.name,),
        )
    elif param.kind == "flag":
        st.toggle(param.label, key=key, persist_state="session")
    else:
        _text(param, key)
    if param.help:
        st.html(f'<p class="k-quiet k-help">{ui_text.escaped(param.help)}</p>')


def _choice(param: Param, key: str) -> None:
    if len(param.choices) <= 4:
        st.segmented_control(
            param.label,
            param.choices,
            key=key,
            format_func=str,
            required=True,
            persist_state="session",
            on_change=draft.forget_field,
            args=(param.name,),
        )
    else:
        st.selectbox(
            param.label,
            param.choices,
            key=key,
            format_func=str,
            filter_mode=None,
            persist_state="session",
            on_change=draft.forget_field,
            args=(param.name,),
        )


def _text(param: Param, key: str) -> None:
    if (param.max_chars or LONG_TEXT_FROM) >= LONG_TEXT_FROM:
        st.text_area(
            param.label, key=key, max_chars=param.max_chars, height=80, on_change="ignore", persist_state="session"
        )
    else:
        st.text_input(param.label, key=key, max_chars=param.max_chars, on_change="ignore", persist_state="session")
