"""One widget for each of a model's own fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from kaimedia.models.params import Param, ParamKind
from kaimedia.models.spec import ModelSpec
from kaimedia.ui import state, ui_text
from kaimedia.ui.generate import draft, param_value

LONG_TEXT_FROM = 200
MOST_STEPS = 200


def show(spec: ModelSpec, params: Iterable[Param], *, is_row: bool = False) -> None:
    """Draw the fields in the spec's order; each model has its own session keys.

    In a row there is no room for their help, which is then at the label.
    """
    for param in params:
        _draw(spec, param, help_text=param.help if is_row and param.help else None)
        if param.help and not is_row:
            st.html(f'<p class="k-quiet k-help">{ui_text.escaped(param.help)}</p>')


def _draw(spec: ModelSpec, param: Param, *, help_text: str | None) -> None:
    slot = state.choice(spec.id, param.name)
    key = slot.key
    match param.kind:
        case ParamKind.CHOICE:
            if not param.takes(slot.get()):  # of another mode, or of an earlier version
                slot.set(param.default)
            _choice(param, key, help_text)
        case ParamKind.NUMBER:
            value = slot.get()
            usable = param_value.to_widget(param, value if param.takes(value) else param.default)
            if value is not None and (value != usable or type(value) is not type(usable)):  # its limits have changed
                slot.set(usable)
            _number(param, key)
        case ParamKind.FLAG:
            st.toggle(param.label, key=key, help=help_text, persist_state="session")
        case _:
            _text(param, key)


def _number(param: Param, key: str) -> None:
    """A slider where both ends are known and near, else a field, which may be empty."""
    kind: type[int | float] = int if param.is_whole else float
    step = kind(param.step or (1 if param.is_whole else 0.1))
    lows = [*([] if param.minimum is None else [param.minimum]), *param.special]
    low = kind(min(lows)) if param.minimum is not None else None
    high = None if param.maximum is None else kind(param.maximum)
    common: dict[str, Any] = {
        "step": step,
        "key": key,
        "persist_state": "session",
        "on_change": draft.forget_field,
        "args": (param.name,),
    }
    if low is not None and high is not None and param.default is not None and (high - low) / step <= MOST_STEPS:
        st.slider(param.label, low, high, **common)
    else:
        st.number_input(param.label, low, high, value=None, **common)


def _choice(param: Param, key: str, help_text: str | None) -> None:
    if len(param.choices) <= 4:
        st.segmented_control(
            param.label,
            param.choices,
            key=key,
            format_func=ui_text.choice,
            help=help_text,
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
            format_func=ui_text.choice,
            help=help_text,
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
