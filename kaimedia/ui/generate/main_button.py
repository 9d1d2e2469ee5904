"""The composer's one primary button, whatever it starts: one task, a batch, or a comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kaimedia.ui import ui_text


def show(
    label: str,
    *,
    key: str,
    icon: str,
    reason: str | None,
    on_click: Callable[..., None],
    args: tuple[Any, ...],
    is_disabled: bool = False,
) -> None:
    """Draw it; with a `reason` it is disabled, and the reason is said below it.

    `icon` is the name of a Material symbol. `is_disabled` is for what is already said elsewhere.
    """
    st.button(
        label,
        key=key,
        type="primary",
        icon=f":material/{icon}:",
        width="stretch",
        shortcut="Ctrl+Enter",
        disabled=is_disabled or reason is not None,
        on_click=on_click,
        args=args,
    )
    if reason is not None:
        st.html(f'<p class="k-reason" role="status">{ui_text.escaped(reason)}</p>')
