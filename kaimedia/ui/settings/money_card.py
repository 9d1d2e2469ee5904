"""The money card: what a credit costs, the currency, and the sum above which the pages ask."""

from __future__ import annotations

from typing import Any

import streamlit as st

from kaimedia.domain import ConfirmUnit, MoneySettings
from kaimedia.errors import InvalidRequest
from kaimedia.studio import Studio
from kaimedia.ui import notices, state
from kaimedia.ui.shell import notify_errors

UNITS = {ConfirmUnit.CREDITS: "Credits", ConfirmUnit.MONEY: "Currency"}
FIELDS = ("usd_per_credit", "currency", "currency_per_usd", "confirm_above", "confirm_unit")
ASKS = state.Slot("money_asks", True)
DEFAULT_ABOVE = MoneySettings().confirm_above


def _slot(field: str) -> state.Slot[Any]:
    return state.Slot(f"money_{field}", None)


def show(studio: Studio) -> None:
    """Draw the fields and their button."""
    saved = studio.money.get()
    _seed(saved)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        _number("US dollars per credit", "usd_per_credit", step=0.0001, format="%.5f")
        st.text_input("Currency", key=_slot("currency").key, max_chars=3, persist_state="session", width=110)
        _number("1 US dollar in that currency", "currency_per_usd", step=0.01, format="%.4f")
    notices.field_note("usd_per_credit", "currency", "currency_per_usd")
    st.html(
        '<p class="k-quiet">The list price is $0.005 per credit; large top-ups give about 10 % more. '
        "Rates are yours to set: none is looked up.</p>"
    )
    st.toggle("Ask before spending a lot", key=ASKS.key, persist_state="session")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        _number("Ask above", "confirm_above", step=50.0, format="%.2f", disabled=not ASKS.get())
        st.segmented_control(
            "Unit",
            list(ConfirmUnit),
            key=_slot("confirm_unit").key,
            required=True,
            disabled=not ASKS.get(),
            persist_state="session",
            format_func=UNITS.__getitem__,
        )
    notices.field_note("confirm_above")
    st.button(
        "Save prices",
        key="save_money",
        disabled=_typed() == _shown(saved),
        on_click=_save,
        args=(studio,),
    )


def _number(label: str, field: str, *, step: float, format: str, disabled: bool = False) -> None:
    st.number_input(
        label,
        min_value=0.0,
        step=step,
        format=format,
        key=_slot(field).key,
        disabled=disabled,
        persist_state="session",
        width=190,
    )


def _seed(saved: MoneySettings) -> None:
    """Fill the widgets once per session, and again after saving; unsaved changes survive page changes."""
    if not ASKS.is_set():
        ASKS.set(saved.confirm_above is not None)
    for field, value in _shown(saved).items():
        if field != "asks" and not _slot(field).is_set():
            _slot(field).set(value)


def _shown(saved: MoneySettings) -> dict[str, Any]:
    values = {field: getattr(saved, field) for field in FIELDS}
    return {**values, "confirm_above": _above(saved.confirm_above), "asks": saved.confirm_above is not None}


def _above(saved: float | None) -> float | None:
    return DEFAULT_ABOVE if saved is None else saved


def _typed() -> dict[str, Any]:
    return {**{field: _slot(field).get() for field in FIELDS}, "asks": ASKS.get()}


@notify_errors
def _save(studio: Studio) -> None:
    state.field_note.set(None)
    values = _typed()
    asks = values.pop("asks")
    values["currency"] = str(values["currency"] or "").strip().upper()
    values["confirm_above"] = values["confirm_above"] if asks else None
    try:
        studio.money.save(**values)
    except InvalidRequest as error:
        state.field_note.set(state.FieldNote(error.field, error.message))
        return
    for field in FIELDS:
        st.session_state.pop(_slot(field).key, None)
    st.session_state.pop(ASKS.key, None)
    state.notify("Prices saved.", icon=":material/check_circle:")
