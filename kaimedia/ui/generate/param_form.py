"""One widget for each of a model's own fields."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import draft

LONG_TEXT_FROM = 200
MOST_STEPS = 200


def show(spec: ModelSpec, params: Iterable[Param]) -> None:
    """Draw the fields in the spec's order; each model has its own session keys."""
    for param in params:
        _draw(spec, param)


def _draw(spec: ModelSpec, param: Param) -> None:
    slot = state.choice(spec.id, param.name)
    key = slot.key
    match param.kind:
        case ParamKind.CHOICE:
            if not param.takes(slot.get()):  # of another mode, or of an earlier version
                slot.set(param.default)
            _choice(param, key)
        case ParamKind.NUMBER:
            _number(param, key)
        case ParamKind.FLAG:
            st.toggle(param.label, key=key, persist_state="session")
        case _:
            _text(param, key)
    if param.help:
        st.html(f'<p class="k-quiet k-help">{ui_text.escaped(param.help)}</p>')


def _number(param: Param, key: str) -> None:
    """A slider where both ends are known and near, else a field, which may be empty."""
    low, high = param.minimum, param.maximum
    step = (int(param.step or 1)) if param.is_whole else (param.step or 0.1)
    if low is not None and high is not None and param.default is not None and (high - low) / step <= MOST_STEPS:
        kind: type = int if param.is_whole else float
        st.slider(
            param.label,
            kind(low),
            kind(high),
            step=kind(step),
            key=key,
            persist_state="session",
            on_change=draft.forget_field,
            args=(param.name,),
        )
        return
    st.number_input(
        param.label,
        min_value=min([low, *param.special]) if low is not None else None,
        max_value=high,
        value=None,
        step=step,
        key=key,
        persist_state="session",
        on_change=draft.forget_field,
        args=(param.name,),
    )


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
    if param.kind is ParamKind.OBJECTS:
        keys = ", ".join(f"{name}: {what}" for name, what in param.item.items())
        st.text_area(
            param.label,
            key=key,
            height=80,
            placeholder=f"A JSON list of objects with {keys}" if keys else "A JSON list",
            on_change="ignore",
            persist_state="session",
        )
    elif param.kind is ParamKind.LIST:
        st.text_area(
            param.label, key=key, height=80, placeholder="One a line", on_change="ignore", persist_state="session"
        )
    elif param.kind is ParamKind.TEXT and (param.max_chars or LONG_TEXT_FROM) >= LONG_TEXT_FROM:
        st.text_area(
            param.label, key=key, max_chars=param.max_chars, height=80, on_change="ignore", persist_state="session"
        )
    else:
        st.text_input(param.label, key=key, max_chars=param.max_chars, on_change="ignore", persist_state="session")
